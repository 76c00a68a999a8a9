/** The arithmetic of reservations, which every journal shares: what one asks for beside what there is. */
import type { Overspending, Parts, Reservation, ReservedKind, SpendingCaps, Taken } from "../engine/ports.ts";

export const DAY_MS = 24 * 60 * 60 * 1_000;

/** What one wallet's figure changes by, or holds. */
export type Row = { readonly walletId: string; readonly lamports: bigint };

/**
 * What one step has reserved, of one kind. A settled row says what the step has really taken, even nothing, and no
 * reservation changes it: a worker that was held up may still ask for a step that others have ended.
 */
export type HeldRow = Row & { readonly settled: boolean };

export const NOTHING: Parts = { spending: 0n, costs: 0n };

export const totalOf = ({ spending, costs }: Parts): bigint => spending + costs;

export const plus = (parts: Parts, kind: ReservedKind, lamports: bigint): Parts => ({
  ...parts,
  [kind]: parts[kind] + lamports,
});

/** A step has one row of each kind. */
export const rowKey = ({ stepId, kind }: Pick<Reservation, "stepId" | "kind">): string => `${stepId} ${kind}`;

/** A step's id begins with its operation's, which has no dot. */
export const operationOf = ({ stepId }: Pick<Reservation, "stepId">): string => stepId.split(".", 1)[0] ?? "";

export type Held = {
  /** Of the last 24 hours, all wallets. */
  readonly day: Parts;
  /** Ever, by wallet id. */
  readonly wallets: ReadonlyMap<string, Parts>;
  /** By operation, all its steps, lamports. */
  readonly operations: ReadonlyMap<string, bigint>;
  /** What these very steps hold already, by {@link rowKey}. */
  readonly rows: ReadonlyMap<string, HeldRow>;
};

/** A reservation that changes something: the row as it then is, and the one before. */
export type RowChange = Omit<Reservation, "lamports"> & Row & { readonly before: Row | undefined };

/**
 * What reservations change. A step that asks for no more than it holds, of the same wallet, changes nothing; nor does a
 * step that is settled.
 */
export const changesOf = (reservations: readonly Reservation[], rows: Held["rows"]): RowChange[] =>
  reservations.flatMap((asked): RowChange[] => {
    const before = rows.get(rowKey(asked));
    if (before === undefined) return [{ ...asked, before }];
    if (before.settled) return [];
    const more = asked.lamports - before.lamports;
    if (more <= 0n && asked.walletId === before.walletId) return [];
    return [{ ...asked, lamports: more > 0n ? asked.lamports : before.lamports, before }];
  });

/** What each wallet's figures change by. */
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

/** Null when the reservations pass. What a step holds already passes, whatever the limits are by now. */
export const overspending = (
  reservations: readonly Reservation[],
  { operationLamports, userDayLamports, walletLifetimeLamports }: SpendingCaps,
  held: Held,
): Overspending | null => {
  const changes = changesOf(reservations, held.rows);
  if (operationLamports !== null) {
    for (const [id, asked] of sumBy(changes, operationOf, had)) {
      const spent = held.operations.get(id) ?? 0n;
      if (spent + totalOf(asked) > operationLamports)
        return { limit: "operation", allowed: operationLamports, spent, asked };
    }
  }
  const today = sumBy(changes, () => "", had).get("");
  if (userDayLamports !== null && today !== undefined) {
    const spent = totalOf(held.day);
    if (spent + totalOf(today) > userDayLamports)
      return { limit: "userDay", allowed: userDayLamports, spent, asked: today };
  }
  if (walletLifetimeLamports === null) return null;
  // A wallet that takes another one's place has not been asked for it yet.
  const hadItself = ({ walletId, before }: RowChange): bigint =>
    before?.walletId === walletId ? before.lamports : 0n;
  for (const [walletId, asked] of sumBy(changes, (change) => change.walletId, hadItself)) {
    const spent = totalOf(held.wallets.get(walletId) ?? NOTHING);
    if (spent + totalOf(asked) > walletLifetimeLamports)
      return { limit: "walletLifetime", walletId, allowed: walletLifetimeLamports, spent, asked };
  }
  return null;
};

/** A step without a reservation is settled all the same, so that it gets none any more; no wallet's figure changes. */
const NEVER_RESERVED: HeldRow = { walletId: "", lamports: 0n, settled: false };

/** The rows that settling changes, as they then are. */
export const settledRows = (
  taken: readonly Taken[],
  rows: Held["rows"],
): (Taken & { readonly before: HeldRow })[] =>
  taken.flatMap((one) => {
    const before = rows.get(rowKey(one)) ?? NEVER_RESERVED;
    // Nobody knows whose wallet it was: what was never reserved counts nowhere.
    const lamports = before.walletId === NEVER_RESERVED.walletId ? 0n : one.lamports;
    return before.settled && before.lamports === lamports ? [] : [{ ...one, lamports, before }];
  });

/** What each wallet's figures change by when these rows are settled. */
export const settledShifts = (settled: ReturnType<typeof settledRows>): (Row & Pick<Reservation, "kind">)[] =>
  settled
    .map(({ kind, lamports, before }) => ({
      walletId: before.walletId,
      kind,
      lamports: lamports - before.lamports,
    }))
    .filter(({ lamports }) => lamports !== 0n);
