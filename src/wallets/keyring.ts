/**
 * The keyring: the only place where private keys exist in clear, and only while operations sign with them.
 *
 * It signs the bytes that the policy has approved, and nothing else. Keys come sealed from the directory, are opened, checked against the wallet's address, and kept as opaque key
 * objects for a short while. Clear bytes are wiped at once.
 */
import {
  type Address,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  type Signature,
  type SignatureBytes,
  type Transaction,
  type TransactionPartialSigner,
  type TransactionWithinSizeLimit,
  type TransactionWithLifetime,
} from "@solana/kit";
import { type DecodedMessage, decodeMessage } from "../base/message.ts";
import type { Directory, Keyring, TransactionVersion } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { approvedBytes } from "../policy/approved-bytes.ts";
import { custodyOf } from "./custody.ts";
import { privateKeyOfSeed } from "./keypair.ts";
import {
  createWalletSigner,
  openOutsideSigner,
  requireValid,
  type Signers,
  type VersionedSigner,
} from "./signer.ts";
import { openStoredKey, type StoredKeys } from "./stored-key.ts";

export type KeyringOptions = StoredKeys & {
  readonly directory: Pick<Directory, "readSealedKey" | "replaceSealedKey">;
  /** Those that keep keys outside, by the names that wallets are attached with. */
  readonly signers?: Signers;
  /** How long an opened key is kept, ms. Default 60,000. */
  readonly keepMs?: number;
};

export type WalletKeyring = Keyring & {
  /** Drops the opened keys of these wallets now, or of all. */
  forget(walletIds?: readonly string[]): void;
};

type Signable = Transaction & TransactionWithinSizeLimit & TransactionWithLifetime;

/**
 * @example
 * const keyring = createKeyring({ directory, secretBox: createSecretBox(secret) });
 * const approved = await policy.approve(chain.compose(draft), meant);
 * const { signature, wire } = await keyring.sign(approved, [walletId]);
 */
export function createKeyring({ signers = {}, keepMs = 60_000, ...keys }: KeyringOptions): WalletKeyring {
  const opened = new Map<string, { signer: Promise<TransactionPartialSigner>; timer: NodeJS.Timeout }>();

  async function open(walletId: string): Promise<TransactionPartialSigner> {
    const stored = await keys.directory.readSealedKey(walletId);
    const custody = custodyOf(stored.sealedKey);
    if (custody.kind === "signer") {
      return openOutsideSigner(signers, custody.name, custody.reference, stored.wallet);
    }
    const seed = await openStoredKey(keys, stored);
    try {
      return createWalletSigner(stored.wallet.address, privateKeyOfSeed(seed));
    } finally {
      seed.fill(0);
    }
  }

  /** Legs of one operation share the funding wallet: concurrent asks open it once. */
  function signerOf(walletId: string): Promise<TransactionPartialSigner> {
    const known = opened.get(walletId);
    if (known !== undefined) return known.signer;
    const signer = open(walletId);
    const timer = setTimeout(() => drop(walletId), keepMs).unref();
    opened.set(walletId, { signer, timer });
    signer.catch(() => drop(walletId));
    return signer;
  }

  function drop(walletId: string): void {
    clearTimeout(opened.get(walletId)?.timer);
    opened.delete(walletId);
  }

  /** Who keeps a key outside says with `supportedTransactionVersions` what it can sign; ours sign whatever the bytes are. */
  async function signsVersionOne(walletId: string): Promise<boolean> {
    const { sealedKey } = await keys.directory.readSealedKey(walletId);
    if (custodyOf(sealedKey).kind !== "signer") return true;
    const { supportedTransactionVersions: known = [] }: VersionedSigner = await signerOf(walletId);
    return known.includes(1);
  }

  return {
    async newestVersion(walletIds) {
      const answers = await Promise.all(walletIds.map((id) => signsVersionOne(id).catch(() => false)));
      return answers.every(Boolean) ? 1 : 0;
    },
    async sign(transaction, walletIds) {
      const messageBytes = approvedBytes(transaction);
      const message = decodeMessage(messageBytes);
      const asked = message.signers;
      const signers = await Promise.all([...new Set(walletIds)].map(signerOf));
      const byAddress = new Map(signers.map((signer) => [signer.address, signer]));
      const unsigned = toSignable(messageBytes, message);
      const signatures: Record<Address, SignatureBytes> = {};
      for (const address of asked) {
        const signature = (await byAddress.get(address)?.signTransactions([unsigned]))?.[0]?.[address];
        if (signature === undefined) throw new CTOError("CTO_E_WALLET_KEY_MISSING", { address });
        requireValid(address, messageBytes, signature);
        signatures[address] = signature;
      }
      const [feePayer] = asked;
      const first = feePayer === undefined ? undefined : signatures[feePayer];
      if (first === undefined)
        throw new CTOError("CTO_E_INTERNAL", { reason: "a transaction without signers" });
      return {
        signature: getBase58Decoder().decode(first) as Signature,
        wire: getBase64EncodedWireTransaction({ ...unsigned, signatures }),
        messageVersion: requireSigned(message.version),
      };
    },
    forget(walletIds = [...opened.keys()]) {
      for (const walletId of walletIds) drop(walletId);
    },
  };
}

/** Nothing here composes a legacy message, so none is signed. */
function requireSigned(version: DecodedMessage["version"]): TransactionVersion {
  if (version !== "legacy") return version;
  throw new CTOError("CTO_E_INTERNAL", { reason: "a legacy message was to be signed" });
}

/** Kit's type for signers also wants the lifetime, which stands in the bytes already and is not looked at. */
const toSignable = (messageBytes: Uint8Array, { signers, blockhash }: DecodedMessage): Signable =>
  ({
    messageBytes,
    signatures: Object.fromEntries(signers.map((address) => [address, null])),
    lifetimeConstraint: { blockhash, lastValidBlockHeight: 0n },
  }) as unknown as Signable;
