/** R7: reserves under the limits on spending and costs. A lock serialises the changes of one user. */
import type { Pool, PoolClient } from "pg";
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
  type Row,
  rowKey,
  settledRows,
  settledShifts,
  shiftsOf,
} from "../../spending.ts";
import { read } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";
import { explain } from "../unavailable.ts";

// The sum of a bigint column is numeric, so we read it as text.
const DAY = `
select kind, sum(lamports)::text as lamports from cto.spending
where user_id = $1 and reserved_at > clock_timestamp() - interval '24 hours' group by kind`;
const TOTALS = "select wallet_id, kind, lamports::text from cto.spending_totals where user_id = $1";
const OPERATIONS = `
select operation_id, sum(lamports)::text as lamports from cto.spending
where operation_id = any($1) group by operation_id`;
const ROWS =
  "select step_id, kind, wallet_id, lamports, settled from cto.spending where user_id = $1 and step_id = any($2)";

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
  day: dayOf(await read(pool, DAY, [userId])),
  wallets: walletsOf(await read(pool, TOTALS, [userId])),
});

const readRows = async (
  client: PoolClient,
  userId: string,
  steps: readonly Pick<Reservation, "stepId">[],
): Promise<Map<string, HeldRow>> => {
  const { rows } = await client.query(ROWS, [userId, steps.map(({ stepId }) => stepId)]);
  return new Map(
    parse(rowsSchema, rows).map(({ step_id, wallet_id, ...row }) => [
      rowKey({ stepId: step_id, kind: row.kind }),
      { walletId: wallet_id, lamports: row.lamports, settled: row.settled },
    ]),
  );
};

const heldBy = async (
  client: PoolClient,
  userId: string,
  reservations: readonly Reservation[],
): Promise<Held> => {
  const day = await client.query(DAY, [userId]);
  const totals = await client.query(`${TOTALS} and wallet_id = any($2)`, [
    userId,
    reservations.map(({ walletId }) => walletId),
  ]);
  const operations = await client.query(OPERATIONS, [[...new Set(reservations.map(operationOf))]]);
  return {
    day: dayOf(day.rows),
    wallets: walletsOf(totals.rows),
    operations: new Map(
      parse(operationsSchema, operations.rows).map((row) => [row.operation_id, row.lamports]),
    ),
    rows: await readRows(client, userId, reservations),
  };
};

const UPSERT = `
insert into cto.spending (user_id, step_id, kind, wallet_id, lamports)
select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
on conflict (step_id, kind) do update set wallet_id = excluded.wallet_id, lamports = excluded.lamports`;

const SHIFT = `
insert into cto.spending_totals (user_id, wallet_id, kind, lamports)
select $1, wallet_id, kind, sum(lamports)
from unnest($2::text[], $3::text[], $4::numeric[]) as given (wallet_id, kind, lamports)
group by wallet_id, kind
on conflict (user_id, wallet_id, kind) do update set lamports = cto.spending_totals.lamports + excluded.lamports`;

const SETTLE = `
insert into cto.spending (user_id, step_id, kind, wallet_id, lamports, settled)
select $1, given.*, true from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as given
on conflict (step_id, kind) do update set lamports = excluded.lamports, settled = true
where cto.spending.user_id = excluded.user_id`;

const shift = async (
  client: PoolClient,
  userId: string,
  shifts: readonly (Row & Pick<Reservation, "kind">)[],
): Promise<void> => {
  await client.query(SHIFT, [
    userId,
    shifts.map(({ walletId }) => walletId),
    shifts.map((one) => one.kind),
    shifts.map(({ lamports }) => lamports),
  ]);
};

const reserveOn = async (
  client: PoolClient,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> => {
  const held = await heldBy(client, userId, reservations);
  const refused = overspending(reservations, caps, held);
  if (refused !== null) return refused;
  const changes = changesOf(reservations, held.rows);
  if (changes.length === 0) return null;
  await client.query(UPSERT, [
    userId,
    changes.map(({ stepId }) => stepId),
    changes.map((one) => one.kind),
    changes.map(({ walletId }) => walletId),
    changes.map(({ lamports }) => lamports),
  ]);
  await shift(client, userId, shiftsOf(changes));
  return null;
};

const settleOn = async (client: PoolClient, userId: string, taken: readonly Taken[]): Promise<void> => {
  const settled = settledRows(taken, await readRows(client, userId, taken));
  if (settled.length === 0) return;
  await client.query(SETTLE, [
    userId,
    settled.map(({ stepId }) => stepId),
    settled.map((one) => one.kind),
    settled.map(({ before }) => before.walletId),
    settled.map(({ lamports }) => lamports),
  ]);
  await shift(client, userId, settledShifts(settled));
};

/** Runs the work in one transaction that has this user's rows for itself. */
async function underLock<Answer>(
  pool: Pool,
  userId: string,
  work: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  let client: PoolClient | null = null;
  try {
    client = await pool.connect();
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(hashtextextended('cto.spending ' || $1, 0))", [userId]);
    const answer = await work(client);
    await client.query("commit");
    client.release();
    return answer;
  } catch (error) {
    client?.release(true); // This closes the connection, which ends the transaction.
    throw explain(error);
  }
}

/**
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`. The amounts may or may not be reserved then: it is safe to call this again
 */
export const reserveSpending = (
  pool: Pool,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> =>
  underLock(pool, userId, (client) => reserveOn(client, userId, reservations, caps));

/**
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`. The amounts may or may not be settled then: it is safe to call this again
 */
export const settleSpending = (pool: Pool, userId: string, taken: readonly Taken[]): Promise<void> =>
  underLock(pool, userId, (client) => settleOn(client, userId, taken));
