/** R7: reserves under the limits on spending and costs, by a compare-and-set on the user's document. */
import { randomUUID } from "node:crypto";
import type { Overspending, Reservation, Spending, SpendingCaps, Taken } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseRecord } from "../../parse-record.ts";
import { overspending } from "../../spending.ts";
import {
  backSince,
  divide,
  type Entry,
  encodeEntries,
  encodeSpending,
  heldBy,
  nothingSpent,
  parseResting,
  parseSpending,
  restingId,
  restingOf,
  type SpendingRecord,
  withMovedBack,
  withReserved,
  withResting,
  withSettled,
} from "../documents/spending.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";

/** The most lost races. Each lost race means that another call succeeded, and there are fewer workers than this. */
const TRIES = 1_000;

const readRecord = async ({ spending, decisive }: Store, userId: string): Promise<SpendingRecord> => {
  const found = await spending.findOne({ _id: userId }, decisive);
  return found === null ? nothingSpent(userId) : parseRecord("spending", () => parseSpending(found));
};

/** Returns false if another call has changed the document since the read. */
const replace = async (store: Store, before: SpendingRecord, after: SpendingRecord): Promise<boolean> => {
  const document = encodeSpending(after);
  if (before.version === 0) return insertOnce(store, store.spending, document);
  const { _id, ...fields } = document;
  const { matchedCount } = await store.spending.updateOne(
    { _id, version: before.version },
    { $set: { ...fields, write: randomUUID() } },
  );
  return matchedCount === 1;
};

const readResting = async (
  { resting, decisive }: Store,
  userId: string,
  operations: readonly string[],
): Promise<Entry[]> => {
  const found: Entry[] = [];
  for (const operation of operations) {
    const document = await resting.findOne({ _id: restingId(userId, operation) }, decisive);
    if (document !== null) found.push(...parseRecord("resting", () => parseResting(document)));
  }
  return found;
};

/**
 * Returns the record with the young entries that had moved. The search reads an index of all users, which is slow, but
 * entries move when they are old, so it happens only after the server's clock went back.
 */
const readMovedBack = async (store: Store, record: SpendingRecord, now: Date): Promise<SpendingRecord> => {
  const since = backSince(record, now);
  if (since === null) return record;
  const found = await store.resting
    .find({ _id: restingOf(record._id), "entries.at": { $gt: since } })
    .toArray();
  return withMovedBack(
    record,
    parseRecord("resting", () => found.flatMap(parseResting)),
    since,
  );
};

/** The first writer inserts the document. A concurrent second writer finds it on its second try. */
const MOVE_TRIES = 2;

/**
 * Writes the entries of one operation, unless they have moved from a later version of the user's document: a slow
 * worker must not replace them by older ones.
 */
const moveEntries = async (
  store: Store,
  _id: string,
  version: number,
  entries: readonly Entry[],
): Promise<void> => {
  const fields = { version, entries: encodeEntries(entries) };
  for (let left = MOVE_TRIES; left > 0; left -= 1) {
    const { matchedCount } = await store.resting.updateOne(
      { _id, version: { $lte: version } },
      { $set: { ...fields, write: randomUUID() } },
    );
    if (matchedCount === 1 || (await insertOnce(store, store.resting, { _id, ...fields }))) return;
  }
};

/** The new record, or null if nothing changes, and what the caller gets. */
type Work<Answer> = { readonly after: SpendingRecord | null; readonly answer: Answer };

/**
 * Changes the user's record by a compare-and-set. The order matters: the record is read before the entries that have
 * moved, and entries are in their new place before the record loses them.
 */
const changeRecord = async <Answer>(
  store: Store,
  userId: string,
  steps: readonly Pick<Reservation, "stepId">[],
  work: (record: SpendingRecord, now: Date) => Work<Answer>,
): Promise<Answer> => {
  for (let left = TRIES; left > 0; left -= 1) {
    const before = await readRecord(store, userId);
    const now = await store.clock.ask();
    const whole = await readMovedBack(store, before, now);
    const { kept, resting, absent } = divide(whole, steps, now);
    const { after, answer } = work(withResting(kept, await readResting(store, userId, absent)), now);
    if (after === null) return answer;
    for (const [operation, entries] of resting)
      await moveEntries(store, restingId(userId, operation), before.version, entries);
    if (await replace(store, before, after)) return answer;
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${TRIES} reservations of others came first` });
};

export const readSpending = async (store: Store, userId: string): Promise<Spending> => {
  const record = await readRecord(store, userId);
  const now = await store.clock.ask();
  const { day, wallets } = heldBy(await readMovedBack(store, record, now), now);
  return { day, wallets };
};

export const reserveSpending = (
  store: Store,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> =>
  changeRecord(store, userId, reservations, (record, now): Work<Overspending | null> => {
    const answer = overspending(reservations, caps, heldBy(record, now));
    return { answer, after: answer === null ? withReserved(record, reservations) : null };
  });

export const settleSpending = (store: Store, userId: string, taken: readonly Taken[]): Promise<void> =>
  changeRecord(store, userId, taken, (record, now) => ({
    answer: undefined,
    after: withSettled(record, taken, now),
  }));
