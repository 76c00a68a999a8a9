/** R7: reserves under the limits on spending and costs. A lock serialises the changes of one user. */
import type { Pool } from "pg";
import { z } from "zod";
import {
  type Overspending,
  type Parts,
  RESERVED_KINDS,
  type Reservation,
  type Spending,
  type SpendingCaps,
  type Taken,
} from "../../../engine/ports.ts";
import {
  changesOf,
  type Held,
  type HeldRow,
  NOTHING,
  operationOf,
  overspending,
  plus,
  rowKey,
  settledRows,
  settledShifts,
  shiftsOf,
} from "../../spending.ts";
import { onClient } from "../on-client.ts";
import { read } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";
import {
  dayQuery,
  lockQuery,
  operationsQuery,
  rowsQuery,
  settle,
  shift,
  totalsQuery,
  upsert,
} from "../spending-sql.ts";

const amount = z.coerce.bigint();
const kind = z.enum(RESERVED_KINDS);
const daySchema = z.array(z.object({ kind, lamports: amount }));
const totalsSchema = z.array(z.object({ wallet_id: z.string(), kind, lamports: amount }));
const operationsSchema = z.array(z.object({ operation_id: z.string(), lamports: amount }));
const rowsSchema = z.array(
  z.object({ step_id: z.string(), kind, wallet_id: z.string(), lamports: amount, settled: z.boolean() }),
);

const parse = <Output>(schema: z.ZodType<Output>, rows: unknown): Output =>
  parseRow("spending", () => schema.parse(rows));

const dayOf = (rows: unknown): Parts =>
  parse(daySchema, rows).reduce((all, row) => plus(all, row.kind, row.lamports), NOTHING);

const walletsOf = (rows: unknown): Map<string, Parts> => {
  const wallets = new Map<string, Parts>();
  for (const row of parse(totalsSchema, rows))
    wallets.set(row.wallet_id, plus(wallets.get(row.wallet_id) ?? NOTHING, row.kind, row.lamports));
  return wallets;
};

export const readSpending = async (pool: Pool, userId: string): Promise<Spending> => ({
  day: dayOf(await read(pool, dayQuery(userId))),
  wallets: walletsOf(await read(pool, totalsQuery(userId))),
});

const heldRowsOf = (rows: unknown): Map<string, HeldRow> =>
  new Map(
    parse(rowsSchema, rows).map(({ step_id, wallet_id, ...row }) => [
      rowKey({ stepId: step_id, kind: row.kind }),
      { walletId: wallet_id, lamports: row.lamports, settled: row.settled },
    ]),
  );

const several = z.array(z.object({ rows: z.unknown() }));

/** What the caller gets, and the statements that are committed. */
type Work<Answer> = { readonly answer: Answer; readonly writes: readonly string[] };

/**
 * Reads and writes in one transaction that has this user's rows for itself: one round trip for the lock and the reads,
 * and one for the writes and the commit. Each statement sees what was committed before it, so the reads see the state
 * under the lock.
 */
const underLock = <Answer>(
  pool: Pool,
  userId: string,
  reads: readonly string[],
  work: (rows: readonly unknown[]) => Work<Answer>,
): Promise<Answer> =>
  onClient(pool, async (client) => {
    const begin = ["begin isolation level read committed", lockQuery(userId)];
    const found = several.parse(await client.query([...begin, ...reads].join(";")));
    const { answer, writes } = work(found.slice(begin.length).map(({ rows }) => rows));
    await client.query([...writes, "commit"].join(";"));
    return answer;
  });

/**
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`. The amounts may or may not be reserved then: it is safe to call this again
 */
export const reserveSpending = (
  pool: Pool,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> => {
  const wallets = reservations.map(({ walletId }) => walletId);
  const reads = [
    dayQuery(userId),
    totalsQuery(userId, wallets),
    operationsQuery([...new Set(reservations.map(operationOf))]),
    rowsQuery(userId, reservations),
  ];
  return underLock(pool, userId, reads, ([day, totals, operations, rows]) => {
    const held: Held = {
      day: dayOf(day),
      wallets: walletsOf(totals),
      operations: new Map(parse(operationsSchema, operations).map((row) => [row.operation_id, row.lamports])),
      rows: heldRowsOf(rows),
    };
    const answer = overspending(reservations, caps, held);
    const changes = answer === null ? changesOf(reservations, held.rows) : [];
    const writes = changes.length === 0 ? [] : [upsert(userId, changes), shift(userId, shiftsOf(changes))];
    return { answer, writes };
  });
};

/**
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`. The amounts may or may not be settled then: it is safe to call this again
 */
export const settleSpending = (pool: Pool, userId: string, taken: readonly Taken[]): Promise<void> =>
  underLock(pool, userId, [rowsQuery(userId, taken)], ([rows]) => {
    const settled = settledRows(taken, heldRowsOf(rows));
    const writes =
      settled.length === 0 ? [] : [settle(userId, settled), shift(userId, settledShifts(settled))];
    return { answer: undefined, writes };
  });
