/** What a user's buys have reserved: one document for each user, so that one conditional update decides. */
import { z } from "zod";
import type { Reservation } from "../../../engine/ports.ts";
import { DAY_MS, type Held } from "../../spending.ts";
import { decimal } from "./decimal.ts";

/** Beside the day that is counted, long enough for every step to have come to rest. */
const KEPT_MS = 2 * DAY_MS;

const spendingSchema = z.object({
  _id: z.string(),
  version: z.number().int(),
  entries: z.array(z.object({ stepId: z.string(), walletId: z.string(), lamports: decimal, at: z.date() })),
  /** Ever, those included that are no entries any more. */
  totals: z.array(z.object({ walletId: z.string(), lamports: decimal })),
});

export type SpendingRecord = z.output<typeof spendingSchema>;
export type SpendingDocument = z.input<typeof spendingSchema> & { readonly write: string };

export const parseSpending = (document: unknown): SpendingRecord => spendingSchema.parse(document);

export const nothingSpent = (userId: string): SpendingRecord => ({
  _id: userId,
  version: 0,
  entries: [],
  totals: [],
});

export const encodeSpending = ({ entries, totals, ...rest }: SpendingRecord) => ({
  ...rest,
  entries: entries.map((entry) => ({ ...entry, lamports: String(entry.lamports) })),
  totals: totals.map((total) => ({ ...total, lamports: String(total.lamports) })),
});

export const heldBy = ({ entries, totals }: SpendingRecord, now: Date): Held => ({
  dayLamports: entries
    .filter(({ at }) => at.getTime() > now.getTime() - DAY_MS)
    .reduce((all, { lamports }) => all + lamports, 0n),
  wallets: new Map(totals.map(({ walletId, lamports }) => [walletId, lamports])),
  steps: new Map(entries.map(({ stepId, lamports }) => [stepId, lamports])),
});

const withTotals = (
  record: SpendingRecord,
  changes: ReadonlyMap<string, bigint>,
): SpendingRecord["totals"] => {
  const totals = new Map(record.totals.map(({ walletId, lamports }) => [walletId, lamports]));
  for (const [walletId, change] of changes) totals.set(walletId, (totals.get(walletId) ?? 0n) + change);
  return [...totals].map(([walletId, lamports]) => ({ walletId, lamports }));
};

const addTo = (sums: Map<string, bigint>, walletId: string, lamports: bigint): void => {
  sums.set(walletId, (sums.get(walletId) ?? 0n) + lamports);
};

/** The record with these reservations; entries that no limit needs any more go. */
export const withReserved = (
  record: SpendingRecord,
  reservations: readonly Reservation[],
  now: Date,
): SpendingRecord => {
  const entries = new Map(
    record.entries
      .filter(({ at }) => at.getTime() > now.getTime() - KEPT_MS)
      .map((entry) => [entry.stepId, entry]),
  );
  const changes = new Map<string, bigint>();
  for (const { stepId, walletId, lamports } of reservations) {
    const before = entries.get(stepId);
    const extra = lamports - (before?.lamports ?? 0n);
    if (extra <= 0n) continue;
    entries.set(stepId, { stepId, walletId, lamports, at: before?.at ?? now });
    addTo(changes, walletId, extra);
  }
  return {
    _id: record._id,
    version: record.version + 1,
    entries: [...entries.values()],
    totals: withTotals(record, changes),
  };
};

/** Null when none of the steps has a reservation. One that is no entry any more stays counted: the safe side. */
export const withReleased = (record: SpendingRecord, stepIds: readonly string[]): SpendingRecord | null => {
  const released = record.entries.filter(({ stepId }) => stepIds.includes(stepId));
  if (released.length === 0) return null;
  const changes = new Map<string, bigint>();
  for (const { walletId, lamports } of released) addTo(changes, walletId, -lamports);
  return {
    _id: record._id,
    version: record.version + 1,
    entries: record.entries.filter(({ stepId }) => !stepIds.includes(stepId)),
    totals: withTotals(record, changes),
  };
};
