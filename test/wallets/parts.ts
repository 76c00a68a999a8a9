/**
 * Provides the common parts of the wallet tests: an in-memory directory of sealed wallets, and transactions that need
 * them.
 */
import { type Address, address, type Blockhash } from "@solana/kit";
import { compose } from "../../src/chain/transaction.ts";
import type {
  Directory,
  MessageFormat,
  UnsignedTransaction,
  Wallet,
  WalletWithKey,
} from "../../src/engine/ports.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import type { SecretBox } from "../../src/wallets/secret-box.ts";

export const SECRET = "correct horse battery staple, at length";

/** Creates a wallet as the journal stores it, with a sealed key. */
export async function sealedWallet(box: SecretBox, id: string): Promise<WalletWithKey> {
  const { seed, address: own } = generateKeypair();
  const wallet: Wallet = {
    id,
    userId: "user",
    role: "buyer",
    address: own,
    position: 1,
    createdAt: new Date(0),
  };
  return { wallet, sealedKey: await box.seal(seed, { walletId: id, userId: "user", address: own }) };
}

/** Stores wallets in a list, and counts the reads. */
export function directoryOf(given: readonly WalletWithKey[]) {
  let entries = given;
  const reads: string[] = [];
  const replaced: string[] = [];
  const directory: Pick<Directory, "readSealedKeys" | "replaceSealedKey"> = {
    async readSealedKeys(walletIds) {
      reads.push(...walletIds);
      const asked = entries.filter(({ wallet }) => walletIds.includes(wallet.id));
      return new Map(asked.map((entry) => [entry.wallet.id, entry]));
    },
    async replaceSealedKey(walletId, expected, sealedKey) {
      const entry = entries.find(({ wallet }) => wallet.id === walletId);
      if (entry?.sealedKey !== expected) return false;
      entries = entries.map((each) => (each === entry ? { ...entry, sealedKey } : each));
      replaced.push(walletId);
      return true;
    },
  };
  return { directory, reads, replaced };
}

/** Composes a transaction with two signers, as in standard mode: the funding wallet pays, and the buyer signs the memo. */
export function fundAndBuy(
  funding: Address,
  buyer: Address,
  format: MessageFormat = { version: 0 },
): UnsignedTransaction {
  return compose({
    format,
    feePayer: funding,
    transfers: [{ from: funding, to: buyer, lamports: 5n as never }],
    setup: [],
    swap: [],
    memo: { text: "cto:1:op:buy:1/1", signer: buyer },
    cleanup: [],
    computeUnitLimit: 10_000,
    computeUnitPrice: 1n,
    lifetime: {
      blockhash: address("SysvarC1ock11111111111111111111111111111111") as string as Blockhash,
      lastValidBlockHeight: 1n,
    },
    lookupTables: {},
  });
}
