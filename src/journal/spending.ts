/**
 * Computes reservations for all journals: it compares what is requested with what is already reserved and with the limits.
 */
import type { Overspending, Parts, Reservation, ReservedKind, SpendingCaps, Taken } from "../engine/ports.ts";

export const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The time of a row that is not settled: its lamports may leave at any time, so they always count as of now. Each journal
 * writes a time that no clock reaches, and so needs only one comparison for both kinds of rows.
 */
export const STILL_OPEN = new Date("9999-12-31T23:59:59.999Z");

/** An amount for one wallet: a change or a total. */
export type Row = { readonly walletId: string; readonly lamports: bigint };

/**
 * The amount that one step has reserved, of one kind. A settled row contains the amount that the step really
 * took, which may be zero. No reservation changes a settled row, because a slow worker may still request one
 * for a step that other workers have ended.
 */
export type HeldRow = Row & { readonly settled: boolean };

export const NOTHING: Parts = { spending: 0n, costs: 0n };

export const totalOf = ({ spending, costs }: Parts): bigint => spending + costs;

export const plus = (parts: Parts, kind: ReservedKind, lamports: bigint): Parts => ({
  ...parts,
  [kind]: parts[kind] + lamports,
});

/** A step has at most one row of each kind. */
export const rowKey = ({ stepId, kind }: Pick<Reservation, "stepId" | "kind">): string => `${stepId} ${kind}`;

/** A step's id begins with its operation's id, which contains no dot. */
export const operationOf = ({ stepId }: Pick<Reservation, "stepId">): string => stepId.split(".", 1)[0] ?? "";

export type Held = {
  /** All wallets: what is settled since 24 hours, and what is not settled. */
  readonly day: Parts;
  /** All time, by wallet id. */
  readonly wallets: ReadonlyMap<string, Parts>;
  /** All steps, by operation, lamports. */
  readonly operations: ReadonlyMap<string, bigint>;
  /** The amounts that the requested steps already hold, by {@link rowKey}. */
  readonly rows: ReadonlyMap<string, HeldRow>;
};

/** A reservation that changes something: the new row, and the row before. */
export type RowChange = Omit<Reservation, "lamports"> & Row & { readonly before: Row | undefined };

/**
 * Returns the changes that the reservations cause. A step changes nothing if it requests no more than it
 * already holds for the same wallet. A settled step never changes.
 */
export const changesOf = (reservations: readonly Reservation[], rows: Held["rows"]): RowChange[] =>
  reservations.flatMap((requested): RowChange[] => {
    const before = rows.get(rowKey(requested));
    if (before === undefined) return [{ ...requested, before }];
    if (before.settled) return [];
    const more = requested.lamports - before.lamports;
    if (more <= 0n && requested.walletId === before.walletId) return [];
    return [{ ...requested, lamports: more > 0n ? requested.lamports : before.lamports, before }];
  });

/** Returns the changes of each wallet's totals. */
export const shiftsOf = (changes: readonly RowChange[]): (Row & Pick<Reservation, "kind">)[] =>
  changes.flatMap(({ kind, walletId, lamports, before }) =>
    before === undefined
      ? [{ walletId, kind, lamports }]
      : [
          { walletId: before.walletId, kind, lamports: -before.lamports },
          { walletId, kind, lamports },
        ],
  );

const sumBy = (
  changes: readonly RowChange[],
  keyOf: (change: RowChange) => string,
  before: (change: RowChange) => bigint,
): Map<string, Parts> => {
  const sums = new Map<string, Parts>();
  for (const change of changes) {
    const more = change.lamports - before(change);
    if (more <= 0n) continue;
    const key = keyOf(change);
    sums.set(key, plus(sums.get(key) ?? NOTHING, change.kind, more));
  }
  return sums;
};

const had = ({ before }: RowChange): bigint => before?.lamports ?? 0n;

/**
 * Returns null if the reservations pass. An amount that a step already holds passes even if the limits are lower now.
 */
export const overspending = (
  reservations: readonly Reservation[],
  { operationLamports, userDayLamports, walletLifetimeLamports }: SpendingCaps,
  held: Held,
): Overspending | null => {
  const changes = changesOf(reservations, held.rows);
  if (operationLamports !== null) {
    for (const [id, requested] of sumBy(changes, operationOf, had)) {
      const spent = held.operations.get(id) ?? 0n;
      if (spent + totalOf(requested) > operationLamports)
        return { limit: "operation", allowed: operationLamports, spent, requested };
    }
  }
  const today = sumBy(changes, () => "", had).get("");
  if (userDayLamports !== null && today !== undefined) {
    const spent = totalOf(held.day);
    if (spent + totalOf(today) > userDayLamports)
      return { limit: "userDay", allowed: userDayLamports, spent, requested: today };
  }
  if (walletLifetimeLamports === null) return null;
  // A new wallet that replaces another one must pass the check with its whole amount.
  const hadItself = ({ walletId, before }: RowChange): bigint =>
    before?.walletId === walletId ? before.lamports : 0n;
  for (const [walletId, requested] of sumBy(changes, (change) => change.walletId, hadItself)) {
    const spent = totalOf(held.wallets.get(walletId) ?? NOTHING);
    if (spent + totalOf(requested) > walletLifetimeLamports)
      return { limit: "walletLifetime", walletId, allowed: walletLifetimeLamports, spent, requested };
  }
  return null;
};

/**
 * A step without a reservation is also settled, so that it gets no reservation later. No wallet's total changes.
 */
const NEVER_RESERVED: HeldRow = { walletId: "", lamports: 0n, settled: false };

/** A row that is settled: its time becomes the time of the settling. */
type SettledRow = Omit<Taken, "lamports"> & { readonly lamports: bigint; readonly before: HeldRow };

/** Returns the rows that settling changes, in their new state. A row that is settled already keeps its time. */
export const settledRows = (taken: readonly Taken[], rows: Held["rows"]): SettledRow[] =>
  taken.flatMap((one) => {
    const before = rows.get(rowKey(one)) ?? NEVER_RESERVED;
    // Without a reservation we do not know the wallet, so the amount counts for none.
    const lamports = before.walletId === NEVER_RESERVED.walletId ? 0n : (one.lamports ?? before.lamports);
    return before.settled && before.lamports === lamports ? [] : [{ ...one, lamports, before }];
  });

/** Returns the changes of each wallet's totals when these rows are settled. */
export const settledShifts = (settled: ReturnType<typeof settledRows>): (Row & Pick<Reservation, "kind">)[] =>
  settled
    .map(({ kind, lamports, before }) => ({
      walletId: before.walletId,
      kind,
      lamports: lamports - before.lamports,
    }))
    .filter(({ lamports }) => lamports !== 0n);
