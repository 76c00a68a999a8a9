/** Stores how far the journal has come on the chain, and the declaration that it was restored from a backup. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Reached, Restore } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { read, write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const reachedRow = z.object({ slot: z.coerce.bigint(), first: z.coerce.bigint(), at: z.date() });

const restoreRow = z
  .object({
    declared_by: z.string(),
    reason: z.string(),
    declared_at: z.date(),
    since: z.coerce.bigint(),
    last_valid_block_height: z.coerce.bigint(),
  })
  .transform(
    ({ declared_by: by, declared_at: at, last_valid_block_height: lastValidBlockHeight, ...rest }) => ({
      ...rest,
      by,
      at,
      lastValidBlockHeight,
    }),
  );

export const readReached = async (pool: Pool): Promise<Reached | null> => {
  const [row] = await read(pool, "select slot, first, at from cto.reached");
  return row === undefined ? null : parseRow("reached", () => reachedRow.parse(row));
};

/** Another copy keeps its own mark until it is declared: a new one would hide its age from the declaration. */
export const writeReached = async (pool: Pool, slot: bigint): Promise<void> => {
  const sql = `insert into cto.reached (slot, first) select $1, $1 where cto.how_copied() is null
    on conflict (only_one) do update set slot = excluded.slot, at = clock_timestamp()
    where cto.reached.slot < excluded.slot`;
  await write(pool, sql, [slot]);
};

export const readRestore = async (pool: Pool): Promise<Restore | null> => {
  const [row] = await read(pool, "select * from cto.restores");
  return row === undefined ? null : parseRow("restores", () => restoreRow.parse(row));
};

/**
 * Marks the operations, revokes all leases, adopts this copy of the database, and stores the declaration in one statement. A worker that has read an
 * operation without its mark therefore writes nothing more.
 */
export const declareRestore = async (pool: Pool, given: Omit<Restore, "at">): Promise<Restore> => {
  const sql = `with marked as (update cto.operations set restored = true where not restored),
      revoked as (update cto.leases set owner = null, token = token + 1),
      unmarked as (delete from cto.reached)
    insert into cto.restores (declared_by, reason, since, last_valid_block_height) select $1, $2, $3, $4 from cto.own_copy() where true
    on conflict (only_one) do update set declared_by = excluded.declared_by, reason = excluded.reason,
      since = least(cto.restores.since, excluded.since), declared_at = clock_timestamp(),
      last_valid_block_height = greatest(cto.restores.last_valid_block_height, excluded.last_valid_block_height)`;
  await write(pool, sql, [given.by, given.reason, given.since, given.lastValidBlockHeight]);
  const written = await readRestore(pool);
  if (written === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: "the declaration of a restore is gone" });
  return written;
};
