/** Adds, reads, changes and removes webhooks, and replaces their secrets. */
import { DatabaseError, type Pool } from "pg";
import type { NewWebhook, Webhook, WebhookChange } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { read, write } from "../query.ts";
import { parseWebhook, parseWebhookSecrets } from "../rows/webhook-row.ts";

const ADD = `
insert into cto.webhooks (id, user_id, url, events, secrets, created_by)
values ($1, $2, $3, $4, $5, $6) returning *`;

const NO_SUCH_USER = "webhooks_user_id_fkey";

/** @throws `CTO_E_USER_UNKNOWN` */
export const addWebhook = async (pool: Pool, webhook: NewWebhook): Promise<Webhook> => {
  const { id, userId, url, events, secrets, createdBy } = webhook;
  const [row] = await write(pool, ADD, [id, userId, url, events, secrets, createdBy]).catch(
    (error: unknown) => {
      if (error instanceof DatabaseError && error.constraint === NO_SUCH_USER) {
        throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
      }
      throw error;
    },
  );
  return parseWebhook(row);
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
