/**
 * Stores a user's reservations: one document for each user, so that one conditional update decides. The entries of
 * operations that rest move to documents of their own, so that the user's document stays small.
 */
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
  STILL_OPEN,
  settledRows,
  settledShifts,
  shiftsOf,
} from "../../spending.ts";
import { decimal } from "./decimal.ts";

/** How long all entries of an operation must be old before they move: longer than the counted day. */
const KEPT_MS = 2 * DAY_MS;

/** The most operations that move in one call. Each call adds about one, so the document still becomes smaller. */
const MOVED_AT_MOST = 20;

/** Amounts that were reserved before costs were counted are spending. */
const kind = z.enum(RESERVED_KINDS).default("spending");

const entries = z.array(
  z.object({
    stepId: z.string(),
    kind,
    walletId: z.string(),
    lamports: decimal,
    /** When it was settled, or {@link STILL_OPEN}. Older releases wrote the time of the reservation. */
    at: z.date(),
    settled: z.boolean().default(false),
  }),
);

const spendingSchema = z.object({
  _id: z.string(),
  version: z.number().int(),
  entries,
  /** All time, including entries that have moved. */
  totals: z.array(z.object({ walletId: z.string(), kind, lamports: decimal })),
  /** No entry that has moved is newer; null if none has moved. */
  movedUntil: z.date().nullable().default(null),
});

export type SpendingRecord = z.output<typeof spendingSchema>;
export type SpendingDocument = z.input<typeof spendingSchema> & { readonly write: string };

/** The entries of one operation. `version` is the version of the user's document from which they moved. */
const restingSchema = z.object({ _id: z.string(), version: z.number().int(), entries });

export type Entry = SpendingRecord["entries"][number];
export type RestingDocument = z.input<typeof restingSchema> & { readonly write: string };

export const parseSpending = (document: unknown): SpendingRecord => spendingSchema.parse(document);

export const nothingSpent = (userId: string): SpendingRecord => ({
  _id: userId,
  version: 0,
  entries: [],
  totals: [],
  movedUntil: null,
});

export const parseResting = (document: unknown): readonly Entry[] => restingSchema.parse(document).entries;

/** An operation's id contains no space. */
export const restingId = (userId: string, operation: string): string => `${operation} ${userId}`;

/** Matches the ids of all documents of this user's operations that rest. */
export const restingOf = (userId: string): RegExp =>
  new RegExp(`^[^ ]+ ${userId.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`);

export const encodeEntries = (given: readonly Entry[]) =>
  given.map((entry) => ({ ...entry, lamports: String(entry.lamports) }));

export const encodeSpending = ({ entries, totals, ...rest }: SpendingRecord) => ({
  ...rest,
  entries: encodeEntries(entries),
  totals: totals.map((total) => ({ ...total, lamports: String(total.lamports) })),
});

const rowsOf = ({ entries }: SpendingRecord): Map<string, Entry> =>
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

const byOperation = ({ entries }: SpendingRecord): Map<string, Entry[]> => {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const own = found.get(operationOf(entry));
    if (own === undefined) found.set(operationOf(entry), [entry]);
    else own.push(entry);
  }
  return found;
};

const later = (one: Date | null, other: Date): Date => (one !== null && one > other ? one : other);

const newestOf = (record: SpendingRecord, moving: Iterable<readonly Entry[]>): Date | null => {
  let newest = record.movedUntil;
  for (const own of moving) for (const { at } of own) newest = later(newest, at);
  return newest;
};

export type Divided = {
  /** The record without the entries that move. */
  readonly kept: SpendingRecord;
  /** The entries that move, by operation. */
  readonly resting: ReadonlyMap<string, readonly Entry[]>;
  /** The operations of this call that have no entry in the record. Their entries may have moved earlier. */
  readonly absent: readonly string[];
};

/**
 * Selects the operations whose entries move. The operations of this call stay: their entries must move exactly as
 * they were committed, and this call changes them.
 */
export const divide = (
  record: SpendingRecord,
  steps: readonly Pick<Reservation, "stepId">[],
  now: Date,
): Divided => {
  const called = new Set(steps.map(operationOf));
  const operations = byOperation(record);
  const isOld = ({ at }: Entry): boolean => at.getTime() <= now.getTime() - KEPT_MS;
  const resting = new Map(
    [...operations].filter(([id, own]) => !called.has(id) && own.every(isOld)).slice(0, MOVED_AT_MOST),
  );
  return {
    kept: {
      ...record,
      entries: record.entries.filter((entry) => !resting.has(operationOf(entry))),
      movedUntil: newestOf(record, resting.values()),
    },
    resting,
    absent: [...called].filter((id) => !operations.has(id)),
  };
};

/** Returns the record with entries that moved earlier. They are in its totals already. */
export const withResting = (record: SpendingRecord, entries: readonly Entry[]): SpendingRecord => ({
  ...record,
  entries: [...record.entries, ...entries],
});

/**
 * Returns the time from which moved entries must come back, or null if none is so young. The server's clock may have
 * jumped forward when they moved, and back since: entries of today then lie where the day's limit does not count them.
 */
export const backSince = ({ movedUntil }: SpendingRecord, now: Date): Date | null => {
  const since = new Date(now.getTime() - KEPT_MS);
  return movedUntil !== null && movedUntil > since ? since : null;
};

/**
 * Returns the record with all entries that had moved and are younger than `since`, unless it has newer entries of their
 * operation.
 */
export const withMovedBack = (
  record: SpendingRecord,
  entries: readonly Entry[],
  since: Date,
): SpendingRecord => {
  const there = byOperation(record);
  const back = entries.filter((entry) => !there.has(operationOf(entry)));
  return { ...record, entries: [...record.entries, ...back], movedUntil: since };
};

/** Returns the record with these reservations. */
export const withReserved = (
  record: SpendingRecord,
  reservations: readonly Reservation[],
): SpendingRecord => {
  const entries = rowsOf(record);
  const changes = changesOf(reservations, entries);
  for (const { before, ...reserved } of changes) {
    const key = rowKey(reserved);
    entries.set(key, { ...reserved, settled: false, at: STILL_OPEN });
  }
  return {
    ...record,
    version: record.version + 1,
    entries: [...entries.values()],
    totals: withTotals(record, shiftsOf(changes)),
  };
};

/** Returns null if nothing changes. */
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
    rows.set(key, { ...one, walletId: before.walletId, at: now, settled: true });
  }
  return {
    ...record,
    version: record.version + 1,
    entries: [...rows.values()],
    totals: withTotals(record, settledShifts(settled)),
  };
};
