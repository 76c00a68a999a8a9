/** Adds, reads, changes and removes webhooks, and replaces their secrets. */
import type { Pool, PoolClient } from "pg";
import type { NewWebhook, Webhook, WebhookChange } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { tooManyWebhooks } from "../../too-many-webhooks.ts";
import { onClient } from "../on-client.ts";
import { read, write } from "../query.ts";
import { parseWebhook, parseWebhookSecrets } from "../rows/webhook-row.ts";

/** Inserts of other tables' rows that refer to the user do not wait for this lock. */
const LOCK = "select id from cto.users where id = $1 for no key update";

// The count sees what was committed before the lock was given, because it is a statement of its own.
const ADD = `
insert into cto.webhooks (id, user_id, url, events, secrets, created_by)
select $1, $2, $3, $4::text[], $5, $6 where $7::int is null or $7 > (
  select count(*) from cto.webhooks where user_id = $2 and removed_at is null
)
returning *`;

const addOn = async (client: PoolClient, webhook: NewWebhook): Promise<Webhook | CTOError> => {
  const { id, userId, url, events, secrets, createdBy, most } = webhook;
  await client.query("begin isolation level read committed");
  const { rowCount } = await client.query(LOCK, [userId]);
  if (rowCount !== 1) return new CTOError("CTO_E_USER_UNKNOWN", { userId });
  const values = [id, userId, url, events, secrets, createdBy, most ?? null];
  const { rows } = await client.query<Record<string, unknown>>(ADD, values);
  return rows[0] === undefined ? tooManyWebhooks(most ?? 0) : parseWebhook(rows[0]);
};

/** @throws `CTO_E_USER_UNKNOWN`; `CTO_E_WEBHOOK_INVALID` if the user has `most` webhooks already */
export const addWebhook = async (pool: Pool, webhook: NewWebhook): Promise<Webhook> => {
  const added = await onClient(pool, async (client) => {
    const answer = await addOn(client, webhook);
    await client.query("commit");
    return answer;
  });
  if (added instanceof CTOError) throw added;
  return added;
};

export const readWebhook = async (
  pool: Pool,
  id: string,
): Promise<{ webhook: Webhook; secrets: string } | null> => {
  const [row] = await read(pool, "select * from cto.webhooks where id = $1", [id]);
  return row === undefined ? null : { webhook: parseWebhook(row), secrets: parseWebhookSecrets(row) };
};

export const listWebhooks = async (pool: Pool): Promise<Webhook[]> =>
  (await read(pool, "select * from cto.webhooks order by number")).map(parseWebhook);

export const removeWebhook = async (pool: Pool, id: string): Promise<Webhook | null> => {
  const sql =
    "update cto.webhooks set removed_at = coalesce(removed_at, clock_timestamp()) where id = $1 returning *";
  const [row] = await write(pool, sql, [id]);
  return row === undefined ? null : parseWebhook(row);
};

const CHANGE = `
update cto.webhooks set url = coalesce($2, url), events = coalesce($3, events)
where id = $1 and removed_at is null returning *`;

export const changeWebhook = async (
  pool: Pool,
  id: string,
  { url, events }: WebhookChange,
): Promise<Webhook | null> => {
  const [row] = await write(pool, CHANGE, [id, url ?? null, events ?? null]);
  return row === undefined ? null : parseWebhook(row);
};

export const replaceWebhookSecrets = async (
  pool: Pool,
  id: string,
  expected: string,
  secrets: string,
): Promise<boolean> => {
  const sql = "update cto.webhooks set secrets = $3 where id = $1 and secrets = $2 returning id";
  return (await write(pool, sql, [id, expected, secrets])).length === 1;
};
