/**
 * Summarises the last day: the spending and its limits, how many operations landed and how fast, and which ones need
 * a person.
 */
import type { Journal, Operation, Tally } from "../engine/ports.ts";
import type { CTOContext } from "../runtime/context.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/**
 * The most operations of the day that we read, the newest first. The page must cost the same for any number of
 * operations.
 */
const LOOKED_AT = 500;
/** The most operations that need a person, per list. The lists' own pages show all. */
const NAMED = 20;
/** The number of users with the most spending that we show, each with the user's limit. */
const SPENDERS = 5;

/** One operation of the day, with the data for the charts. */
export type DayOperation = {
  readonly operation: Operation;
  readonly tally: Tally | null;
  /** The time from the worker's first step to the end, ms; null if the operation is not completed. */
  readonly tookMs: number | null;
};

export type Spender = {
  readonly userId: string;
  /** The amount that counts against the limit: spending and costs of the last 24 hours. */
  readonly dayLamports: bigint;
  readonly maxLamports: bigint | null;
};

export type Overview = {
  readonly since: Date;
  readonly operations: readonly DayOperation[];
  /** True if there were more operations. The figures are then those of the newest ones. */
  readonly isSample: boolean;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly spenders: readonly Spender[];
  readonly review: readonly Operation[];
  readonly incidents: readonly Operation[];
};

/** Returns the nearest rank, which is a measured value; null if there are no values. */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

const tookMs = ({ status, startedAt, finishedAt }: Operation): number | null =>
  status !== "completed" || startedAt === undefined || finishedAt === undefined
    ? null
    : finishedAt.getTime() - startedAt.getTime();

async function spendersOf(
  journal: CTOContext["journal"],
  operations: readonly DayOperation[],
): Promise<Spender[]> {
  const totals = new Map<string, bigint>();
  for (const { operation, tally } of operations) {
    const { userId } = operation.request;
    totals.set(userId, (totals.get(userId) ?? 0n) + (tally?.landedLamports ?? 0n));
  }
  const most = [...totals].toSorted(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0)).slice(0, SPENDERS);
  return Promise.all(
    most.map(async ([userId]) => {
      const [{ day }, { everyone, own }] = await Promise.all([
        journal.readSpending(userId),
        journal.readLimits(userId),
      ]);
      // A user's own value overrides the value for everyone. Null means no limit.
      const max =
        own?.maxUserDayLamports === undefined ? everyone?.maxUserDayLamports : own.maxUserDayLamports;
      return { userId, dayLamports: day.spending + day.costs, maxLamports: max ?? null };
    }),
  );
}

/** @param only the user whose operations we read; absent: all users */
export async function readOverview(
  { journal }: { readonly journal: CTOContext["journal"] },
  now: Date,
  only?: string,
): Promise<Overview> {
  const of: Partial<Parameters<Journal["listOperations"]>[0]> = only === undefined ? {} : { userId: only };
  const since = new Date(now.getTime() - DAY_MS);
  const [found, review, incidents] = await Promise.all([
    journal.listOperations({ ...of, createdAfter: since, limit: LOOKED_AT + 1 }),
    journal.listOperations({ ...of, statuses: ["needs_review"], limit: NAMED }),
    journal.listOperations({ ...of, incidents: true, limit: NAMED }),
  ]);
  const day = found.slice(0, LOOKED_AT).filter(({ request }) => request.purpose === undefined);
  const tallies = await journal.tallyLegs(day.map(({ id }) => id));
  const operations = day.map((operation) => ({
    operation,
    tally: tallies.get(operation.id) ?? null,
    tookMs: tookMs(operation),
  }));
  const times = operations.flatMap((one) => (one.tookMs === null ? [] : [one.tookMs]));
  return {
    since,
    operations,
    isSample: found.length > LOOKED_AT,
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    spenders: await spendersOf(journal, operations),
    review,
    incidents,
  };
}
