/** Lists events that webhooks have not handled yet, and stores the deliveries that result from them. */
import type { Pool } from "pg";
import type { Delivery, DeliveryChange, NewDelivery, UnqueuedEvent } from "../../../engine/ports.ts";
import { read, write } from "../query.ts";
import { parseEvent } from "../rows/event-row.ts";
import { parseCount, parseDelivery, parseEventOwner, parseLane } from "../rows/webhook-row.ts";

const UNTOLD = `
select e.operation_id, o.user_id, e.seq, e.at, e.event, e.compacted
from cto.operations o join cto.events e on e.operation_id = o.id and e.seq > o.told
where o.event_count > o.told
  and o.user_id in (select user_id from cto.webhooks where removed_at is null)
order by o.number, e.seq limit $1`;

export const listUnqueuedEvents = async (pool: Pool, limit: number): Promise<UnqueuedEvent[]> =>
  (await read(pool, UNTOLD, [limit])).map((row) => ({ ...parseEventOwner(row), event: parseEvent(row) }));

export const markQueued = async (pool: Pool, operationId: string, seq: number): Promise<void> => {
  await write(pool, "update cto.operations set told = greatest(told, $2) where id = $1", [operationId, seq]);
};

const WRITE = `
insert into cto.deliveries (id, webhook_id, lane, position, type, payload)
select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[])
on conflict (id) do nothing`;

export const writeDeliveries = async (pool: Pool, deliveries: readonly NewDelivery[]): Promise<void> => {
  if (deliveries.length === 0) return;
  await write(pool, WRITE, [
    deliveries.map(({ id }) => id),
    deliveries.map(({ webhookId }) => webhookId),
    deliveries.map(({ lane }) => lane),
    deliveries.map(({ position }) => position),
    deliveries.map(({ type }) => type),
    deliveries.map(({ payload }) => payload),
  ]);
};

export const readDelivery = async (pool: Pool, id: string): Promise<Delivery | null> => {
  const [row] = await read(pool, "select * from cto.deliveries where id = $1", [id]);
  return row === undefined ? null : parseDelivery(row);
};

const LIST = `
select * from cto.deliveries where webhook_id = $1
  and ($3::text is null or number < (select number from cto.deliveries where id = $3))
order by number desc limit $2`;

export const listDeliveries = async (
  pool: Pool,
  webhookId: string,
  limit: number,
  before?: string,
): Promise<Delivery[]> => (await read(pool, LIST, [webhookId, limit, before ?? null])).map(parseDelivery);

const DUE = `
select lane from cto.deliveries
where status = 'pending' and due_at <= $1 and webhook_id <> all($3::text[])
group by lane order by min(due_at) limit $2`;

export const listDueLanes = async (
  pool: Pool,
  now: Date,
  limit: number,
  except: readonly string[] = [],
): Promise<string[]> => (await read(pool, DUE, [now, limit, except])).map(parseLane);

export const nextDelivery = async (pool: Pool, lane: string): Promise<Delivery | null> => {
  const sql =
    "select * from cto.deliveries where lane = $1 and status = 'pending' order by position, number limit 1";
  const [row] = await read(pool, sql, [lane]);
  return row === undefined ? null : parseDelivery(row);
};

const CHANGE = `
update cto.deliveries set status = $3, tries = $4, due_at = $5, answer = coalesce($6, answer), version = version + 1,
  ended_at = case when $3 = 'pending' then null else clock_timestamp() end
where id = $1 and version = $2 returning *`;

export const changeDelivery = async (
  pool: Pool,
  id: string,
  version: number,
  { status, tries, dueAt, answer }: DeliveryChange,
): Promise<Delivery | null> => {
  const [row] = await write(pool, CHANGE, [id, version, status, tries, dueAt, answer ?? null]);
  return row === undefined ? null : parseDelivery(row);
};

export const postponeLane = async (pool: Pool, lane: string, dueAt: Date): Promise<void> => {
  const sql =
    "update cto.deliveries set due_at = $2 where lane = $1 and status = 'pending' and tries = 0 and due_at <> $2";
  await write(pool, sql, [lane, dueAt]);
};

const ENDED = "status <> 'pending' and ended_at < $1";

export const countEndedDeliveries = async (pool: Pool, before: Date): Promise<number> => {
  const [row] = await read(pool, `select count(*)::int as count from cto.deliveries where ${ENDED}`, [
    before,
  ]);
  return parseCount(row);
};

// The outer condition is checked again if a delivery is sent again in the meantime.
const DROP = `
with dropped as (
  delete from cto.deliveries
  where id = any(array(select id from cto.deliveries where ${ENDED} limit $2)) and ${ENDED}
  returning id
)
select count(*)::int as count from dropped`;

export const dropEndedDeliveries = async (pool: Pool, before: Date, limit: number): Promise<number> => {
  const [row] = await write(pool, DROP, [before, limit]);
  return parseCount(row);
};
