/**
 * Finds out whether the journal is behind the chain: a wallet has signed a transaction for an operation of this
 * journal, and the journal does not contain it. The journal is then an old backup, and a restore must be declared
 * before anything is signed.
 */
import type { Address, Chain, Directory, Journal, Operation, Signature } from "../ports.ts";
import { parseMemo } from "../transaction/memo-text.ts";

type Look = {
  readonly journal: Journal & Pick<Directory, "listWallets">;
  readonly chain: Pick<Chain, "latestBlockhash" | "readHistory" | "readFinal">;
};

/** A journal that a worker has updated within this many slots is not an old backup. */
const FRESH_SLOTS = 1_500n;

/**
 * The most operations that we check; more are rarely open at once. The proof before each signature after a declared
 * restore has no such bound.
 */
const OPERATIONS_AT_MOST = 1_000;

export type Behind = { readonly operationId: string; readonly signature: Signature };

const OPEN = ["waiting", "active", "needs_review"] as const;

/**
 * Returns a transaction of this journal's own operations that the journal does not have; null if the journal is not
 * behind.
 */
export async function findBehind({ journal, chain }: Look): Promise<Behind | null> {
  const reached = await journal.readReached();
  // A declared restore deletes this mark, too.
  if (reached === null) return null;
  const { slot } = await chain.latestBlockhash();
  if (slot <= reached.slot + FRESH_SLOTS) return null;
  const operations = await journal.listOperations({ statuses: OPEN, limit: OPERATIONS_AT_MOST });
  const asked = new Set<Address>();
  for (const operation of operations) {
    for (const wallet of await walletsOf(journal, operation)) {
      if (asked.has(wallet)) continue;
      asked.add(wallet);
      const found = await findUnknown({ journal, chain }, wallet, reached.slot);
      if (found !== null) return found;
    }
  }
  return null;
}

async function walletsOf(journal: Look["journal"], { id, request }: Operation): Promise<Address[]> {
  const legs = await journal.readLegs(id);
  const wallets = legs.length > 0 ? legs : await journal.listWallets(request.userId);
  return wallets.map(({ address }) => address);
}

async function findUnknown({ journal, chain }: Look, wallet: Address, since: bigint): Promise<Behind | null> {
  const histories = await chain.readHistory(wallet, since);
  for (const { signature, slot, memos } of histories.flatMap(({ lines }) => lines)) {
    if (slot < since) continue;
    for (const memo of (memos ?? []).map(parseMemo)) {
      if (memo === null || (await isJournaled(journal, memo.operationId, signature))) continue;
      const transaction = await chain.readFinal(signature);
      const isOurs = transaction?.memos.some(({ signers }) => signers.includes(wallet)) ?? false;
      if (isOurs) return { operationId: memo.operationId, signature };
    }
  }
  return null;
}

/**
 * A transaction of an operation that the journal does not have counts as journaled: another installation may have
 * used the wallet.
 */
async function isJournaled(journal: Look["journal"], id: string, signature: Signature): Promise<boolean> {
  if ((await journal.readOperation(id)) === null) return true;
  const steps = await journal.readSteps(id);
  return steps.some(({ attempts }) => attempts.some((attempt) => attempt.signature === signature));
}
