/**
 * Builds the statements on reservations. A statement with parameters is a round trip of its own, so several statements
 * go in one text, and their values are JSON literals that pg escapes.
 */
import { escapeLiteral } from "pg";
import type { Reservation } from "../../engine/ports.ts";
import type { Row, RowChange, settledRows } from "../spending.ts";

const json = (value: unknown): string =>
  `${escapeLiteral(JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? String(one) : one)))}::jsonb`;
const text = (value: string): string => escapeLiteral(value);
/** Returns an array, so that the index is used. */
const list = (values: readonly string[]): string =>
  `array(select jsonb_array_elements_text(${json(values)}))`;

// `reserved_at` is when a row was settled. A row that is not settled has the time `infinity`, so that it always counts:
// its lamports may leave at any time. Older releases wrote the time of the reservation.
// The sum of a bigint column is numeric, so we read it as text.
export const dayQuery = (userId: string): string => `
select kind, sum(lamports)::text as lamports from cto.spending
where user_id = ${text(userId)} and reserved_at > clock_timestamp() - interval '24 hours' group by kind`;
/** @param wallets absent: all of them */
export const totalsQuery = (userId: string, wallets?: readonly string[]): string => `
select wallet_id, kind, lamports::text from cto.spending_totals
where user_id = ${text(userId)} ${wallets === undefined ? "" : `and wallet_id = any(${list(wallets)})`}`;
export const operationsQuery = (operations: readonly string[]): string => `
select operation_id, sum(lamports)::text as lamports from cto.spending
where operation_id = any(${list(operations)}) group by operation_id`;
export const rowsQuery = (userId: string, steps: readonly Pick<Reservation, "stepId">[]): string => `
select step_id, kind, wallet_id, lamports, settled from cto.spending
where user_id = ${text(userId)} and step_id = any(${list(steps.map(({ stepId }) => stepId))})`;

export const upsert = (userId: string, changes: readonly RowChange[]): string => `
insert into cto.spending (user_id, step_id, kind, wallet_id, lamports, reserved_at)
select ${text(userId)}, "stepId", kind, "walletId", lamports, 'infinity'::timestamptz
from jsonb_to_recordset(${json(changes)}) as given ("stepId" text, kind text, "walletId" text, lamports bigint)
on conflict (step_id, kind) do update set wallet_id = excluded.wallet_id, lamports = excluded.lamports,
  reserved_at = excluded.reserved_at`;

export const shift = (userId: string, shifts: readonly (Row & Pick<Reservation, "kind">)[]): string => `
insert into cto.spending_totals (user_id, wallet_id, kind, lamports)
select ${text(userId)}, "walletId", kind, sum(lamports)
from jsonb_to_recordset(${json(shifts)}) as given ("walletId" text, kind text, lamports numeric)
group by "walletId", kind
on conflict (user_id, wallet_id, kind) do update set lamports = cto.spending_totals.lamports + excluded.lamports`;

export const settle = (userId: string, settled: ReturnType<typeof settledRows>): string => `
insert into cto.spending (user_id, step_id, kind, wallet_id, lamports, settled)
select ${text(userId)}, given.*, true
from jsonb_to_recordset(${json(settled.map(({ before, ...one }) => ({ ...one, walletId: before.walletId })))})
  as given ("stepId" text, kind text, "walletId" text, lamports bigint)
on conflict (step_id, kind) do update set lamports = excluded.lamports, settled = true,
  reserved_at = excluded.reserved_at
where cto.spending.user_id = excluded.user_id`;

/** Waits until this user's rows belong to this transaction alone. */
export const lockQuery = (userId: string): string =>
  `select pg_advisory_xact_lock(hashtextextended('cto.spending ' || ${text(userId)}, 0))`;
