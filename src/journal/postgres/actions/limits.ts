/** Reads and writes the sets of limits. */
import type { Pool } from "pg";
import { z } from "zod";
import type { LimitSet, StoredLimits } from "../../../engine/ports.ts";
import { decodeLimits, encodeLimits, isStored } from "../../stored-limits.ts";
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

const UPSERT =
  "insert into cto.limits (scope, limits) values ($1, $2) on conflict (scope) do update set limits = excluded.limits";
const INSERT =
  "insert into cto.limits (scope, limits) values ($1, $2) on conflict (scope) do nothing returning scope";
const UPDATE = "update cto.limits set limits = $2 where scope = $1 and limits = $3 returning scope";

export const writeLimits = async (
  pool: Pool,
  userId: string | null,
  limits: LimitSet,
  before?: LimitSet | null,
): Promise<boolean> => {
  const scope = scopeOf(userId);
  const text = encodeLimits(limits);
  if (before === undefined) {
    await write(pool, UPSERT, [scope, text]);
    return true;
  }
  const found = await read(pool, "select scope, limits from cto.limits where scope = $1", [scope]);
  const stored = parseRow("limits", () => found.map((row) => rowSchema.parse(row).limits))[0] ?? null;
  if (!parseRow("limits", () => isStored(stored, before))) return false;
  const rows =
    stored === null
      ? await write(pool, INSERT, [scope, text])
      : await write(pool, UPDATE, [scope, text, stored]);
  return rows.length === 1;
};
