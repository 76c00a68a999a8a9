/** Adds, reads, revokes and expires the keys of the HTTP API. */
import { DatabaseError, type Pool } from "pg";
import type { ApiKey, NewApiKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { read, write } from "../query.ts";
import { parseApiKey, parseSecretHash } from "../rows/api-key-row.ts";

const ADD = `
insert into cto.api_keys (id, name, scopes, user_id, secret_hash, created_by, expires_at, addresses)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning *`;

const NO_SUCH_USER = "api_keys_user_id_fkey";

/** @throws `CTO_E_USER_UNKNOWN` */
export const addApiKey = async (pool: Pool, key: NewApiKey): Promise<ApiKey> => {
  const { id, name, scopes, userId, secretHash, createdBy, expiresAt, addresses } = key;
  const ends = [expiresAt ?? null, addresses ?? null];
  const values = [id, name, scopes, userId ?? null, secretHash, createdBy, ...ends];
  const [row] = await write(pool, ADD, values).catch((error: unknown) => {
    if (error instanceof DatabaseError && error.constraint === NO_SUCH_USER && userId !== undefined) {
      throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
    }
    throw error;
  });
  return parseApiKey(row);
};

export const readApiKey = async (
  pool: Pool,
  id: string,
): Promise<{ key: ApiKey; secretHash: string } | null> => {
  const [row] = await read(pool, "select * from cto.api_keys where id = $1", [id]);
  return row === undefined ? null : { key: parseApiKey(row), secretHash: parseSecretHash(row) };
};

export const listApiKeys = async (pool: Pool): Promise<ApiKey[]> =>
  (await read(pool, "select * from cto.api_keys order by number")).map(parseApiKey);

export const revokeApiKey = async (pool: Pool, id: string): Promise<ApiKey | null> => {
  const sql =
    "update cto.api_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 returning *";
  const [row] = await write(pool, sql, [id]);
  return row === undefined ? null : parseApiKey(row);
};

export const expireApiKey = async (pool: Pool, id: string, at: Date): Promise<ApiKey | null> => {
  const sql = "update cto.api_keys set expires_at = least(expires_at, $2) where id = $1 returning *";
  const [row] = await write(pool, sql, [id, at]);
  return row === undefined ? null : parseApiKey(row);
};

export const touchApiKey = async (pool: Pool, id: string): Promise<void> => {
  await write(pool, "update cto.api_keys set last_used_at = clock_timestamp() where id = $1", [id]);
};
