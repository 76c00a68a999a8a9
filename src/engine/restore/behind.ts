/**
 * Finds out whether the journal is behind the chain: a wallet has signed a transaction for an operation of this
 * journal, and the journal does not contain it. The journal is then an old backup, and a restore must be declared
 * before anything is signed.
 */
import type {
  Address,
  Chain,
  Directory,
  FinalTransaction,
  Journal,
  Operation,
  Reached,
  Signature,
} from "../ports.ts";
import { parseMemo } from "../transaction/memo-text.ts";
import { CANDIDATES_AT_MOST, hidesMemos, whyUnproved } from "./memo-history.ts";

type Look = {
  readonly journal: Journal & Pick<Directory, "listWallets">;
  readonly chain: Pick<Chain, "latestBlockhash" | "readHistory" | "readFinal">;
};

/** A journal that a worker has updated within this many slots is not an old backup. */
const FRESH_SLOTS = 1_500n;

/** Whether a worker has updated the journal so lately that it is no old backup. */
export const isFresh = ({ slot }: Pick<Reached, "slot">, now: { readonly slot: bigint }): boolean =>
  now.slot <= slot + FRESH_SLOTS;

/**
 * The most operations that we check; more are rarely open at once. The proof before each signature after a declared
 * restore has no such bound.
 */
const OPERATIONS_AT_MOST = 1_000;

/**
 * Whether the journal is behind the chain. `unknown`: an endpoint cannot show what happened since the journal's mark,
 * so the journal may be an old backup.
 */
export type Age =
  | { readonly age: "current" }
  | { readonly age: "behind"; readonly operationId: string; readonly signature: Signature }
  | { readonly age: "unknown"; readonly operationId: string; readonly why: string };

const OPEN = ["waiting", "active", "needs_review"] as const;

const CURRENT = { age: "current" } as const;

/** Of two ages, `behind` counts before `unknown`, and that before `current`. */
export const worseAge = (one: Age, other: Age): Age =>
  one.age === "behind" || other.age === "current" || (one.age === "unknown" && other.age === "unknown")
    ? one
    : other;

/** Searches for a transaction of this journal's own operations that the journal does not have. */
export async function readAge({ journal, chain }: Look): Promise<Age> {
  const reached = await journal.readReached();
  // A declared restore deletes this mark, too.
  if (reached === null || isFresh(reached, await chain.latestBlockhash())) return CURRENT;
  const operations = await journal.listOperations({ statuses: OPEN, limit: OPERATIONS_AT_MOST });
  const searched = new Set<Address>();
  let age: Age = CURRENT;
  for (const operation of operations) {
    for (const wallet of await walletsOf(journal, operation)) {
      if (searched.has(wallet)) continue;
      searched.add(wallet);
      const question = { operationId: operation.id, wallet, since: reached.slot };
      age = worseAge(
        age,
        await ageByHistory(chain, question, (memos, line) => unknownOf(journal, memos, line)),
      );
      if (age.age === "behind") return age;
    }
  }
  return age;
}

async function walletsOf(journal: Look["journal"], { id, request }: Operation): Promise<Address[]> {
  const legs = await journal.readLegs(id);
  const wallets = legs.length > 0 ? legs : await journal.listWallets(request.userId);
  return wallets.map(({ address }) => address);
}

type Question = { readonly operationId: string; readonly wallet: Address; readonly since: bigint };

/** A transaction of which we know the memos. Its record is null as long as we have read only the history. */
export type Seen = { readonly signature: Signature; readonly record: FinalTransaction | null };

/**
 * Searches one wallet's history for a transaction that the journal does not have.
 *
 * @param findUnknown returns the operation that these memos name, if the journal may not have this transaction
 */
export async function ageByHistory(
  chain: Look["chain"],
  { operationId, wallet, since }: Question,
  findUnknown: (memos: readonly string[], seen: Seen) => Promise<string | null>,
): Promise<Age> {
  const histories = await chain.readHistory(wallet, since);
  const lines = histories.flatMap((history) => {
    const isHidden = hidesMemos(history);
    return history.lines.filter(({ slot, memos }) => slot >= since && (memos !== null || isHidden));
  });
  let doubts = histories.map((history) => whyUnproved(history, { since }));
  let reads = 0;
  for (const { signature, memos } of lines) {
    if (memos !== null && (await findUnknown(memos, { signature, record: null })) === null) continue;
    reads += 1;
    if (reads > CANDIDATES_AT_MOST) {
      doubts = [`more than ${CANDIDATES_AT_MOST} transactions of ${wallet} are in question`];
      break;
    }
    const record = await chain.readFinal(signature);
    if (record === null) doubts.push(`no endpoint has ${signature}, which is in the history`);
    const own = record?.memos.filter(({ signers }) => signers.includes(wallet)) ?? [];
    const texts = own.map(({ text }) => text);
    const id = await findUnknown(texts, { signature, record });
    if (id !== null) return { age: "behind", operationId: id, signature };
  }
  const why = doubts.find((doubt) => doubt !== null) ?? null;
  return why === null ? CURRENT : { age: "unknown", operationId, why };
}

/** Returns the operation of this journal that has one of these memos, but not this transaction. */
async function unknownOf(
  journal: Look["journal"],
  memos: readonly string[],
  { signature }: Seen,
): Promise<string | null> {
  for (const memo of memos.map(parseMemo))
    if (memo !== null && !(await isJournaled(journal, memo.operationId, signature))) return memo.operationId;
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
