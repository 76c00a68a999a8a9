/**
 * The keyring opens private keys and signs with them. Elsewhere, private keys exist in clear only while they are
 * imported or exported.
 *
 * It signs only bytes that the policy has approved. It reads sealed keys from the directory, opens them, checks them
 * against the wallet's address, and keeps them as opaque key objects for a short time. It wipes the clear bytes at
 * once.
 */
import { setImmediate } from "node:timers/promises";
import type {
  Address,
  Signature,
  SignatureBytes,
  Transaction,
  TransactionPartialSigner,
  TransactionWithinSizeLimit,
  TransactionWithLifetime,
} from "@solana/kit";
import { toBase58 } from "../base/base58.ts";
import { type DecodedMessage, signersOf } from "../base/message.ts";
import { toWire } from "../base/wire.ts";
import type { Directory, Keyring, TransactionVersion, WalletWithKey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { approvedBytes } from "../policy/approved-bytes.ts";
import { custodyOf } from "./custody.ts";
import {
  createWalletSigner,
  openOutsideSigner,
  requireValid,
  type Signers,
  type VersionedSigner,
} from "./signer.ts";
import { isOfVersionOne, newestOf } from "./signer-versions.ts";
import { openStoredKey, type StoredKeys } from "./stored-key.ts";

export type KeyringOptions = StoredKeys & {
  readonly directory: Pick<Directory, "readSealedKeys" | "replaceSealedKey">;
  /** Opens the outside signers, by the names that wallets are attached with. */
  readonly signers?: Signers;
  /** How long the keyring keeps an opened key, ms. Default 60,000. */
  readonly keepMs?: number;
};

export type WalletKeyring = Keyring & {
  /** Drops the opened keys of these wallets now. Default: of all wallets. */
  forget(walletIds?: readonly string[]): void;
};

type OpenedSigner = TransactionPartialSigner & VersionedSigner;

type Signable = Transaction & TransactionWithinSizeLimit & TransactionWithLifetime;

/**
 * @example
 * const keyring = createKeyring({ directory, secretBox: createSecretBox(secret) });
 * const approved = await policy.approve(chain.compose(draft), meant);
 * const { signature, wire } = await keyring.sign(approved, [walletId]);
 */
export function createKeyring({ signers = {}, keepMs = 60_000, ...keys }: KeyringOptions): WalletKeyring {
  const opened = new Map<string, { signer: Promise<OpenedSigner>; timer: NodeJS.Timeout }>();
  const read = createReader(keys.directory);

  async function open(walletId: string): Promise<OpenedSigner> {
    const stored = await read(walletId);
    const custody = custodyOf(stored.sealedKey);
    if (custody.kind === "signer") {
      return openOutsideSigner(signers, custody.name, custody.reference, stored.wallet);
    }
    const { seed, key } = await openStoredKey(keys, stored);
    try {
      // Our own signers sign messages of any version.
      const signer = createWalletSigner(stored.wallet.address, key);
      return { ...signer, supportedTransactionVersions: [0, 1] };
    } finally {
      seed.fill(0);
    }
  }

  /** Legs of one operation share the funding wallet: concurrent calls open it once. */
  function signerOf(walletId: string): Promise<OpenedSigner> {
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

  return {
    newestVersion: (walletIds) => newestOf(walletIds, async (id) => isOfVersionOne(await signerOf(id))),
    async requireOpenable(walletIds) {
      await Promise.all(walletIds.map(signerOf));
    },
    async sign(transaction, walletIds) {
      const messageBytes = approvedBytes(transaction);
      const message = signersOf(messageBytes);
      const needed = message.signers;
      const signers = await Promise.all([...new Set(walletIds)].map(signerOf));
      const byAddress = new Map(signers.map((signer) => [signer.address, signer]));
      const signatures: Record<Address, SignatureBytes> = {};
      for (const address of needed) {
        // A copy for each: a signer outside may change what it is given, and another key must not sign that.
        const unsigned = toSignable(Uint8Array.from(messageBytes), message);
        const signature = (await byAddress.get(address)?.signTransactions([unsigned]))?.[0]?.[address];
        if (signature === undefined) throw new CTOError("CTO_E_WALLET_KEY_MISSING", { address });
        requireValid(address, messageBytes, signature);
        signatures[address] = signature;
      }
      const [feePayer] = needed;
      const first = feePayer === undefined ? undefined : signatures[feePayer];
      if (first === undefined)
        throw new CTOError("CTO_E_INTERNAL", { reason: "a transaction without signers" });
      return {
        signature: toBase58(first) as Signature,
        wire: toWire(
          messageBytes,
          needed.map((address) => new Uint8Array(signatures[address] ?? [])),
        ),
        messageVersion: requireSigned(message.version),
      };
    },
    forget(walletIds = [...opened.keys()]) {
      for (const walletId of walletIds) drop(walletId);
    },
  };
}

/** Reads the keys of concurrent calls with one request, because the legs of an operation sign at the same time. */
function createReader(directory: Pick<Directory, "readSealedKeys">) {
  type Gathering = { readonly ids: Set<string>; readonly found: ReturnType<Directory["readSealedKeys"]> };
  let gathering: Gathering | null = null;
  const gather = (): Gathering => {
    const ids = new Set<string>();
    const found = setImmediate().then(() => {
      gathering = null;
      return directory.readSealedKeys([...ids]);
    });
    return { ids, found };
  };
  return async (walletId: string): Promise<WalletWithKey> => {
    gathering ??= gather();
    gathering.ids.add(walletId);
    const stored = (await gathering.found).get(walletId);
    if (stored === undefined) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
    return stored;
  };
}

/** We compose no legacy messages, so we sign none. */
function requireSigned(version: DecodedMessage["version"]): TransactionVersion {
  if (version !== "legacy") return version;
  throw new CTOError("CTO_E_INTERNAL", { reason: "a legacy message was to be signed" });
}

/** Kit's type for signers also requires the lifetime. The bytes already contain it, and nothing reads it here. */
const toSignable = (
  messageBytes: Uint8Array,
  { signers, blockhash }: Pick<DecodedMessage, "signers" | "blockhash">,
): Signable =>
  ({
    messageBytes,
    signatures: Object.fromEntries(signers.map((address) => [address, null])),
    lifetimeConstraint: { blockhash, lastValidBlockHeight: 0n },
  }) as unknown as Signable;
