/** What the wallet tests share: a directory of sealed wallets in memory, and transactions that ask for them. */
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

/** A wallet as the journal would store it, its key sealed. */
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

/** Keeps wallets in a plain list, and counts the reads. */
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

/** Funding wallet pays, buyer signs the memo: two signers, as in standard mode. */
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
