/**
 * Wallets that can sign, in the shape of kit's `TransactionPartialSigner`: with a key of ours, or with one that a
 * signer outside keeps, such as a key-management service.
 */
import type { KeyObject } from "node:crypto";
import type { Address, SignatureBytes, TransactionPartialSigner } from "@solana/kit";
import type { Wallet } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { signBytes, verifyBytes } from "./keypair.ts";

/**
 * A signer that may say which versions it can sign, by the name that wallets use for it (Wallet Standard). One that says
 * nothing is asked for version 0.
 */
export type VersionedSigner = TransactionPartialSigner & {
  readonly supportedTransactionVersions?: readonly ("legacy" | 0 | 1)[];
};

/**
 * Opens the signer of a wallet whose private key is elsewhere.
 *
 * @param reference what the wallet was attached with: a key's name or ARN, never a secret
 */
export type OpenSigner = (
  reference: string,
  wallet: Pick<Wallet, "id" | "address">,
) => Promise<VersionedSigner>;

/** By the names that wallets are attached with. */
export type Signers = Readonly<Record<string, OpenSigner>>;

/** Signs with a key object. */
export const createWalletSigner = (address: Address, key: KeyObject): TransactionPartialSigner => ({
  address,
  async signTransactions(transactions) {
    return transactions.map(({ messageBytes }) => ({
      [address]: signBytes(key, Uint8Array.from(messageBytes)) as SignatureBytes,
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
  const signer = await orFailed(name, () => open(reference, { id, address }));
  if (signer.address !== address) {
    throw new CTOError("CTO_E_WALLET_ADDRESS_MISMATCH", { expected: address, found: signer.address });
  }
  const { supportedTransactionVersions: versions } = signer;
  return {
    address,
    ...(versions === undefined ? {} : { supportedTransactionVersions: versions }),
    signTransactions: (transactions, config) =>
      orFailed(name, () => signer.signTransactions(transactions, config)),
  };
}

/** An error of somebody else's may hold a token or a URL with one: only its name is told. */
async function orFailed<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    throw new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name, reason });
  }
}

/** @throws `CTO_E_WALLET_SIGNER_FAILED` when the signature is not of these bytes by this address: it must not be sent */
export function requireValid(address: Address, messageBytes: Uint8Array, signature: Uint8Array): void {
  if (signature.length === 64 && verifyBytes(address, messageBytes, signature)) return;
  throw new CTOError("CTO_E_WALLET_SIGNER_FAILED", {
    name: address,
    reason: "its signature does not verify",
  });
}
