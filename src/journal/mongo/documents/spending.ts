/** Stores a user's reservations: one document for each user, so that one conditional update decides. */
import { z } from "zod";
import { type Parts, RESERVED_KINDS, type Reservation, type Taken } from "../../../engine/ports.ts";
import {
  changesOf,
  DAY_MS,
  type Held,
  NOTHING,
  operationOf,
  plus,
  type Row,
  rowKey,
  settledRows,
  settledShifts,
  shiftsOf,
} from "../../spending.ts";
import { decimal } from "./decimal.ts";

/**
 * How long entries are kept: longer than the counted day, so that every step has come to rest before its entry is dropped.
 */
const KEPT_MS = 2 * DAY_MS;

/** Amounts that were reserved before costs were counted are spending. */
const kind = z.enum(RESERVED_KINDS).default("spending");

const spendingSchema = z.object({
  _id: z.string(),
  version: z.number().int(),
  entries: z.array(
    z.object({
      stepId: z.string(),
      kind,
      walletId: z.string(),
      lamports: decimal,
      at: z.date(),
      settled: z.boolean().default(false),
    }),
  ),
  /** All time, including dropped entries. */
  totals: z.array(z.object({ walletId: z.string(), kind, lamports: decimal })),
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

const rowsOf = ({ entries }: SpendingRecord): Map<string, SpendingRecord["entries"][number]> =>
  new Map(entries.map((entry) => [rowKey(entry), entry]));

export const heldBy = (record: SpendingRecord, now: Date): Held => {
  const wallets = new Map<string, Parts>();
  for (const total of record.totals)
    wallets.set(total.walletId, plus(wallets.get(total.walletId) ?? NOTHING, total.kind, total.lamports));
  const operations = new Map<string, bigint>();
  let day = NOTHING;
  for (const entry of record.entries) {
    const id = operationOf(entry);
    operations.set(id, (operations.get(id) ?? 0n) + entry.lamports);
    if (entry.at.getTime() > now.getTime() - DAY_MS) day = plus(day, entry.kind, entry.lamports);
  }
  return { day, wallets, operations, rows: rowsOf(record) };
};

const withTotals = (
  record: SpendingRecord,
  shifts: readonly (Row & Pick<Reservation, "kind">)[],
): SpendingRecord["totals"] => {
  const keyOf = (one: Pick<Reservation, "walletId" | "kind">): string => `${one.walletId} ${one.kind}`;
  const totals = new Map(record.totals.map((total) => [keyOf(total), total]));
  for (const { walletId, kind, lamports } of shifts) {
    const key = keyOf({ walletId, kind });
    totals.set(key, { walletId, kind, lamports: (totals.get(key)?.lamports ?? 0n) + lamports });
  }
  return [...totals.values()];
};

/** Returns the record with these reservations, and drops the entries that no limit needs any more. */
export const withReserved = (
  record: SpendingRecord,
  reservations: readonly Reservation[],
  now: Date,
): SpendingRecord => {
  const entries = new Map([...rowsOf(record)].filter(([, { at }]) => at.getTime() > now.getTime() - KEPT_MS));
  const changes = changesOf(reservations, entries);
  for (const { before, ...reserved } of changes) {
    const key = rowKey(reserved);
    entries.set(key, { ...reserved, settled: false, at: entries.get(key)?.at ?? now });
  }
  return {
    _id: record._id,
    version: record.version + 1,
    entries: [...entries.values()],
    totals: withTotals(record, shiftsOf(changes)),
  };
};

/**
 * Returns null if nothing changes. A dropped entry stays in the totals as it was counted, which is the safe side.
 */
export const withSettled = (
  record: SpendingRecord,
  taken: readonly Taken[],
  now: Date,
): SpendingRecord | null => {
  const rows = rowsOf(record);
  const settled = settledRows(taken, rows);
  if (settled.length === 0) return null;
  for (const { before, ...one } of settled) {
    const key = rowKey(one);
    rows.set(key, { ...one, walletId: before.walletId, at: rows.get(key)?.at ?? now, settled: true });
  }
  return {
    _id: record._id,
    version: record.version + 1,
    entries: [...rows.values()],
    totals: withTotals(record, settledShifts(settled)),
  };
};
