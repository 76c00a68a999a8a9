/** R7: reserves under the limits on spending and costs, by a compare-and-set on the user's document. */
import { randomUUID } from "node:crypto";
import type { Overspending, Reservation, Spending, SpendingCaps, Taken } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseRecord } from "../../parse-record.ts";
import { overspending } from "../../spending.ts";
import {
  encodeSpending,
  heldBy,
  nothingSpent,
  parseSpending,
  type SpendingRecord,
  withReserved,
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

export const readSpending = async (store: Store, userId: string): Promise<Spending> => {
  const { day, wallets } = heldBy(await readRecord(store, userId), await store.clock.ask());
  return { day, wallets };
};

export const reserveSpending = async (
  store: Store,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> => {
  for (let left = TRIES; left > 0; left -= 1) {
    const record = await readRecord(store, userId);
    const now = await store.clock.ask();
    const refused = overspending(reservations, caps, heldBy(record, now));
    if (refused !== null) return refused;
    if (await replace(store, record, withReserved(record, reservations, now))) return null;
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${TRIES} reservations of others came first` });
};

export const settleSpending = async (
  store: Store,
  userId: string,
  taken: readonly Taken[],
): Promise<void> => {
  for (let left = TRIES; left > 0; left -= 1) {
    const record = await readRecord(store, userId);
    const after = withSettled(record, taken, await store.clock.ask());
    if (after === null || (await replace(store, record, after))) return;
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${TRIES} reservations of others came first` });
};
