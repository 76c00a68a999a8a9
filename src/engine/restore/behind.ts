/**
 * Finds out whether the journal is behind the chain: a wallet has signed a transaction for an operation of this
 * journal, and the journal does not contain it. The journal is then an old backup, and a restore must be declared
 * before anything is signed.
 */

import { CTOError } from "../../errors/index.ts";
import type {
  Address,
  Chain,
  Directory,
  FinalTransaction,
  Journal,
  Operation,
  Reached,
  Signature,
  WalletHistory,
} from "../ports.ts";
import { parseMemo } from "../transaction/memo-text.ts";
import { CANDIDATES_AT_MOST, hidesMemos, whyUnproved } from "./memo-history.ts";

type Look = {
  readonly journal: Pick<Journal, "readReached">;
  readonly chain: Tips;
};

type Histories = Pick<Chain, "readHistories" | "readFinal">;

/** Reads the tips of as many distinct endpoints as must agree (`RESIGN_QUORUM`). @throws `CTO_E_RPC_UNAVAILABLE` */
export type Tips = { readTips(): Promise<readonly { readonly slot: bigint }[]> };

/**
 * Returns the greatest and the smallest slot of the endpoints. One that lags, or that is ahead of the cluster, must not
 * make an old mark look new.
 */
export async function readSlots(chain: Tips): Promise<{ readonly newest: bigint; readonly oldest: bigint }> {
  const slots = (await chain.readTips()).map(({ slot }) => slot).sort((a, b) => Number(a - b));
  const [oldest] = slots;
  const newest = slots.at(-1);
  if (oldest === undefined || newest === undefined)
    throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint gave its tip" });
  return { newest, oldest };
}

/** Asks whether a wallet has signed a transaction that the journal does not have. */
export type AgeQuestion = {
  readonly wallet: Address;
  /** The operation or the call for which we ask. */
  readonly operationId: string;
  /** Returns the operation that these memos name, if the journal may not have this transaction. */
  readonly findUnknown: (memos: readonly string[], seen: Seen) => Promise<string | null>;
};

/** A transaction of which we know the memos. Its record is null as long as we have read only the history. */
export type Seen = { readonly signature: Signature; readonly record: FinalTransaction | null };

/** A journal that a worker has updated within this many slots is not an old backup. */
const FRESH_SLOTS = 1_500n;

/** Whether a worker has updated the journal so lately that it is no old backup. */
const isFresh = ({ slot }: Pick<Reached, "slot">, now: bigint): boolean => now <= slot + FRESH_SLOTS;

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

const CURRENT = { age: "current" } as const;

/** Of two ages, `behind` counts before `unknown`, and that before `current`. */
const worseAge = (one: Age, other: Age): Age =>
  one.age === "behind" || other.age === "current" || (one.age === "unknown" && other.age === "unknown")
    ? one
    : other;

/** Returns the mark if it is so old that the journal may be a backup, else null. A declared restore deletes the mark. */
export async function readOldMark({ journal, chain }: Look): Promise<Reached | null> {
  const reached = await journal.readReached();
  return reached === null || isFresh(reached, (await readSlots(chain)).newest) ? null : reached;
}

/** How many wallets we read together. They share the requests that are the same for all of them. */
const WALLETS_AT_ONCE = 20;

/**
 * Searches for a transaction of this journal's own operations and calls that the journal does not have.
 *
 * @param since the journal's mark
 * @param isDone whether another worker has proved meanwhile that the journal is current; called before each part
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function readAge(
  chain: Histories,
  questions: readonly AgeQuestion[],
  since: bigint,
  isDone: () => Promise<boolean> = async () => false,
): Promise<Age> {
  let age: Age = CURRENT;
  const wallets = [...new Set(questions.map(({ wallet }) => wallet))];
  for (let at = 0; at < wallets.length; at += WALLETS_AT_ONCE) {
    if (await isDone()) return CURRENT;
    const histories = await chain.readHistories(wallets.slice(at, at + WALLETS_AT_ONCE), since);
    for (const question of questions) {
      const found = histories.get(question.wallet);
      if (found === undefined) continue;
      age = worseAge(age, await ageByHistories(chain, question, found, since));
      if (age.age === "behind") return age;
    }
  }
  return age;
}

const OPEN = ["waiting", "active", "needs_review"] as const;

/**
 * Returns the operations of which something may still be signed: those that are open, those whose funds are being
 * returned, and those that have ended but are not final, because a fork may open their steps again.
 */
async function listSignable(journal: Journal): Promise<Operation[]> {
  const limit = OPERATIONS_AT_MOST;
  return [
    ...(await journal.listOperations({ statuses: OPEN, limit })),
    ...(await journal.listOperations({ recovery: "requested", limit })),
    ...(await journal.listOperations({ recovery: "needs_review", limit })),
    ...(await journal.listUnsettled(limit)),
  ];
}

/** Returns the questions for these operations, one for each wallet that signs for them. */
export async function askOperations(
  journal: Journal & Pick<Directory, "listWallets">,
): Promise<AgeQuestion[]> {
  const questions = new Map<Address, AgeQuestion>();
  for (const operation of await listSignable(journal))
    for (const wallet of await walletsOf(journal, operation))
      if (!questions.has(wallet))
        questions.set(wallet, {
          wallet,
          operationId: operation.id,
          findUnknown: (memos, seen) => unknownOf(journal, memos, seen),
        });
  return [...questions.values()];
}

/** Until an operation has its legs, every wallet of its user may be one. The funding wallet signs in mode `standard`. */
async function walletsOf(
  journal: Journal & Pick<Directory, "listWallets">,
  { id, request }: Operation,
): Promise<Address[]> {
  const legs = await journal.readLegs(id);
  const all = await journal.listWallets(request.userId);
  if (legs.length === 0) return all.map(({ address }) => address);
  const funding = request.mode === "standard" ? all.filter(({ role }) => role === "funding") : [];
  return [...legs, ...funding].map(({ address }) => address);
}

async function ageByHistories(
  chain: Pick<Chain, "readFinal">,
  { operationId, wallet, findUnknown }: AgeQuestion,
  histories: readonly WalletHistory[],
  since: bigint,
): Promise<Age> {
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
  journal: Journal,
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
async function isJournaled(journal: Journal, id: string, signature: Signature): Promise<boolean> {
  if ((await journal.readOperation(id)) === null) return true;
  const steps = await journal.readSteps(id);
  return steps.some(({ attempts }) => attempts.some((attempt) => attempt.signature === signature));
}
