/**
 * Creates signers of wallets, with the interface of kit's `TransactionPartialSigner`. A signer uses our own key, or a
 * key that an outside signer keeps, such as a key-management service.
 */
import type { KeyObject } from "node:crypto";
import type { Address, SignatureBytes, TransactionPartialSigner } from "@solana/kit";
import { within } from "../base/within.ts";
import type { Wallet } from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { signBytes, verifyBytes } from "./keypair.ts";

/**
 * A signer that may state which versions it can sign, with the property name that wallets use (Wallet Standard). If
 * it states none, we request version 0.
 */
export type VersionedSigner = TransactionPartialSigner & {
  readonly supportedTransactionVersions?: readonly ("legacy" | 0 | 1)[];
};

/**
 * Opens the signer of a wallet whose private key is elsewhere.
 *
 * @param reference the reference that the wallet was attached with: a key's name or ARN, never a secret
 */
export type OpenSigner = (
  reference: string,
  wallet: Pick<Wallet, "id" | "address">,
) => Promise<VersionedSigner>;

/** The functions that open signers, by the names that wallets are attached with. */
export type Signers = Readonly<Record<string, OpenSigner>>;

/** Signs with a key object. */
export const createWalletSigner = (address: Address, key: KeyObject): TransactionPartialSigner => ({
  address,
  async signTransactions(transactions) {
    return transactions.map(({ messageBytes }) => ({
      [address]: signBytes(key, new Uint8Array(messageBytes)) as SignatureBytes,
    }));
  },
});

/** @throws `CTO_E_WALLET_SIGNER_UNKNOWN`, `CTO_E_WALLET_SIGNER_FAILED`, `CTO_E_WALLET_ADDRESS_MISMATCH` */
export async function openOutsideSigner(
  signers: Signers,
  name: string,
  reference: string,
  { id, address }: Wallet,
): Promise<VersionedSigner> {
  const open = Object.hasOwn(signers, name) ? signers[name] : undefined;
  if (open === undefined) throw new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId: id, name });
  const failed = (reason: string) => new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name, reason, address });
  const signer = await orFailed(failed, () => open(reference, { id, address }));
  if (signer.address !== address) {
    throw new CTOError("CTO_E_WALLET_ADDRESS_MISMATCH", { expected: address, found: signer.address });
  }
  const { supportedTransactionVersions: versions } = signer;
  return {
    address,
    ...(versions === undefined ? {} : { supportedTransactionVersions: versions }),
    signTransactions: (transactions, config) =>
      orFailed(failed, () => signer.signTransactions(transactions, config)),
  };
}

/** Some blockhash lives: a person may have to confirm. A signature that comes later is in no journal, and is not sent. */
const ANSWER_MS = 120_000;

/**
 * A third party's error message may contain a token, or a URL with one, so we report only the error's name.
 *
 * @param failed makes the error, which names the wallet: the legs of other wallets go on
 */
async function orFailed<T>(failed: (reason: string) => CTOError, work: () => Promise<T>): Promise<T> {
  try {
    return await within(ANSWER_MS, work(), () => failed(`no answer after ${ANSWER_MS / 1_000} s`));
  } catch (error) {
    if (isCTOError(error, "CTO_E_WALLET_SIGNER_FAILED")) throw error;
    throw failed(error instanceof Error ? error.name : "unknown");
  }
}

/**
 * @throws `CTO_E_WALLET_SIGNER_FAILED` if the address did not make this signature of these bytes: such a transaction
 * must not be sent
 */
export function requireValid(address: Address, messageBytes: Uint8Array, signature: Uint8Array): void {
  if (signature.length === 64 && verifyBytes(address, messageBytes, signature)) return;
  throw new CTOError("CTO_E_WALLET_SIGNER_FAILED", {
    name: address,
    reason: "its signature does not verify",
    address,
  });
}
