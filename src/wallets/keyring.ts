/**
 * The keyring: the only place where private keys exist in clear, and only while operations sign with them.
 *
 * Keys come sealed from the directory, are opened, checked against the wallet's address, and kept as opaque key
 * objects for a short while. Clear bytes are wiped at once.
 */
import {
  type Address,
  type Blockhash,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  getCompiledTransactionMessageDecoder,
  type Signature,
  type SignatureBytes,
  type Transaction,
  type TransactionPartialSigner,
  type TransactionWithinSizeLimit,
  type TransactionWithLifetime,
} from "@solana/kit";
import type { Directory, Keyring, UnsignedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { addressOfKey, privateKeyOfSeed, SEED_BYTES } from "./keypair.ts";
import type { SecretBox } from "./secret-box.ts";
import { createWalletSigner } from "./signer.ts";

export type KeyringOptions = {
  readonly directory: Pick<Directory, "readSealedKey">;
  readonly secretBox: SecretBox;
  /** How long an opened key is kept, ms. Default 60,000. */
  readonly keepMs?: number;
};

export type WalletKeyring = Keyring & {
  /** Drops all opened keys now. */
  forget(): void;
};

type Signable = Transaction & TransactionWithinSizeLimit & TransactionWithLifetime;

/**
 * @example
 * const keyring = createKeyring({ directory, secretBox: createSecretBox(secret) });
 * const { signature, wire } = await keyring.sign(chain.compose(draft), [walletId]);
 */
export function createKeyring({ directory, secretBox, keepMs = 60_000 }: KeyringOptions): WalletKeyring {
  const opened = new Map<string, { signer: Promise<TransactionPartialSigner>; timer: NodeJS.Timeout }>();

  async function open(walletId: string): Promise<TransactionPartialSigner> {
    const { wallet, sealedKey } = await directory.readSealedKey(walletId);
    const { userId, address } = wallet;
    const seed = await secretBox.open(sealedKey, { walletId, userId, address });
    try {
      const key = seed.length === SEED_BYTES ? privateKeyOfSeed(seed) : undefined;
      // The directory says whose key it is; the key itself has the last word.
      if (key === undefined || addressOfKey(key) !== address) {
        throw new CTOError("CTO_E_WALLET_KEY_UNREADABLE", { walletId });
      }
      return createWalletSigner(address, key);
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

  return {
    async sign(transaction, walletIds) {
      const asked = signersOf(transaction);
      const signers = await Promise.all([...new Set(walletIds)].map(signerOf));
      const byAddress = new Map(signers.map((signer) => [signer.address, signer]));
      const unsigned = toSignable(transaction, asked);
      const signatures: Record<Address, SignatureBytes> = {};
      for (const address of asked) {
        const signature = (await byAddress.get(address)?.signTransactions([unsigned]))?.[0]?.[address];
        if (signature === undefined) throw new CTOError("CTO_E_WALLET_KEY_MISSING", { address });
        signatures[address] = signature;
      }
      const [feePayer] = asked;
      const first = feePayer === undefined ? undefined : signatures[feePayer];
      if (first === undefined)
        throw new CTOError("CTO_E_INTERNAL", { reason: "a transaction without signers" });
      return {
        signature: getBase58Decoder().decode(first) as Signature,
        wire: getBase64EncodedWireTransaction({ ...unsigned, signatures }),
      };
    },
    forget() {
      for (const walletId of [...opened.keys()]) drop(walletId);
    },
  };
}

/** Who must sign, read from the very bytes that are signed; what came with them must say the same. */
function signersOf({ messageBytes, signers }: UnsignedTransaction): readonly Address[] {
  const { staticAccounts, header } = getCompiledTransactionMessageDecoder().decode(messageBytes);
  const required = staticAccounts.slice(0, header.numSignerAccounts);
  if (required.length !== signers.length || required.some((address, index) => address !== signers[index])) {
    throw new CTOError("CTO_E_INTERNAL", { reason: "the signers do not match the transaction's bytes" });
  }
  return required;
}

/** Kit's type for signers also wants the lifetime, which stands in the bytes already and is not looked at. */
function toSignable({ messageBytes }: UnsignedTransaction, asked: readonly Address[]): Signable {
  const { lifetimeToken } = getCompiledTransactionMessageDecoder().decode(messageBytes);
  return {
    messageBytes,
    signatures: Object.fromEntries(asked.map((address) => [address, null])),
    lifetimeConstraint: { blockhash: lifetimeToken as Blockhash, lastValidBlockHeight: 0n },
  } as unknown as Signable;
}
