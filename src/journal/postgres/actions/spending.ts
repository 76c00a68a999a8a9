/** R7: reservations under the limits on spending. One user's are made one after the other, under a lock. */
import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import type { Overspending, Reservation, Spending, SpendingCaps } from "../../../engine/ports.ts";
import { type Held, overspending } from "../../spending.ts";
import { read, write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";
import { explain } from "../unavailable.ts";

// Sums of bigint are numeric, hence text.
const SUMS = `
select wallet_id, sum(lamports)::text as ever,
  coalesce(sum(lamports) filter (where reserved_at > clock_timestamp() - interval '24 hours'), 0)::text as day
from cto.spending where user_id = $1 group by wallet_id`;

const sumsSchema = z.object({
  wallet_id: z.string(),
  ever: z.string().transform(BigInt),
  day: z.string().transform(BigInt),
});
const stepSchema = z.object({ step_id: z.string(), lamports: z.coerce.bigint() });

const spendingOf = (rows: readonly unknown[]): Spending =>
  parseRow("spending", () => {
    const sums = rows.map((row) => sumsSchema.parse(row));
    return {
      dayLamports: sums.reduce((all, { day }) => all + day, 0n),
      wallets: new Map(sums.map(({ wallet_id, ever }) => [wallet_id, ever])),
    };
  });

export const readSpending = async (pool: Pool, userId: string): Promise<Spending> =>
  spendingOf(await read(pool, SUMS, [userId]));

const heldBy = async (client: PoolClient, userId: string, stepIds: readonly string[]): Promise<Held> => {
  const sums = await client.query(SUMS, [userId]);
  const steps = await client.query("select step_id, lamports from cto.spending where step_id = any($1)", [
    stepIds,
  ]);
  return {
    ...spendingOf(sums.rows),
    steps: parseRow(
      "spending",
      () => new Map(steps.rows.map((row) => stepSchema.parse(row)).map((row) => [row.step_id, row.lamports])),
    ),
  };
};

const UPSERT = `
insert into cto.spending (step_id, user_id, wallet_id, lamports)
select step_id, $1, wallet_id, lamports
from unnest($2::text[], $3::text[], $4::bigint[]) as given (step_id, wallet_id, lamports)
on conflict (step_id) do update set lamports = greatest(cto.spending.lamports, excluded.lamports)`;

const reserveOn = async (
  client: PoolClient,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> => {
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(hashtextextended('cto.spending ' || $1, 0))", [userId]);
  const stepIds = reservations.map(({ stepId }) => stepId);
  const refused = overspending(reservations, caps, await heldBy(client, userId, stepIds));
  if (refused === null) {
    await client.query(UPSERT, [
      userId,
      stepIds,
      reservations.map(({ walletId }) => walletId),
      reservations.map(({ lamports }) => lamports),
    ]);
  }
  await client.query("commit");
  return refused;
};

/** @throws `CTO_E_JOURNAL_UNAVAILABLE`, after which it may or may not be reserved: asking again is harmless */
export const reserveSpending = async (
  pool: Pool,
  userId: string,
  reservations: readonly Reservation[],
  caps: SpendingCaps,
): Promise<Overspending | null> => {
  let client: PoolClient | null = null;
  try {
    client = await pool.connect();
    const answer = await reserveOn(client, userId, reservations, caps);
    client.release();
    return answer;
  } catch (error) {
    client?.release(true); // The transaction ends with its connection.
    throw explain(error);
  }
};

export const releaseSpending = async (
  pool: Pool,
  userId: string,
  stepIds: readonly string[],
): Promise<void> => {
  await write(pool, "delete from cto.spending where user_id = $1 and step_id = any($2)", [userId, stepIds]);
};
