/** Reads and writes the sets of limits. */
import type { Pool } from "pg";
import { z } from "zod";
import type { LimitSet, StoredLimits } from "../../../engine/ports.ts";
import { decodeLimits, encodeLimits } from "../../stored-limits.ts";
import { read, write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const EVERYONE = "*";
const scopeOf = (userId: string | null): string => (userId === null ? EVERYONE : `=${userId}`);

const rowSchema = z.object({ scope: z.string(), limits: z.string() });

export const readLimits = async (pool: Pool, userId: string): Promise<StoredLimits> => {
  const rows = await read(pool, "select scope, limits from cto.limits where scope = any($1)", [
    [EVERYONE, scopeOf(userId)],
  ]);
  const sets = parseRow(
    "limits",
    () =>
      new Map(rows.map((row) => rowSchema.parse(row)).map((row) => [row.scope, decodeLimits(row.limits)])),
  );
  return { everyone: sets.get(EVERYONE) ?? null, own: sets.get(scopeOf(userId)) ?? null };
};

export const writeLimits = async (pool: Pool, userId: string | null, limits: LimitSet): Promise<void> => {
  await write(
    pool,
    "insert into cto.limits (scope, limits) values ($1, $2) on conflict (scope) do update set limits = excluded.limits",
    [scopeOf(userId), encodeLimits(limits)],
  );
};
