/** Reads and writes the halt. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Halt } from "../../../engine/ports.ts";
import { read, write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const haltRow = z.object({ halted_by: z.string(), reason: z.string(), halted_at: z.date() });

export const readHalt = async (pool: Pool): Promise<Halt | null> => {
  const [row] = await read(pool, "select halted_by, reason, halted_at from cto.halt");
  if (row === undefined) return null;
  const { halted_by: by, reason, halted_at: at } = parseRow("halt", () => haltRow.parse(row));
  return { by, reason, at };
};

/** An existing halt stays unchanged. */
export const writeHalt = async (pool: Pool, halt: Omit<Halt, "at"> | null): Promise<Halt | null> => {
  if (halt === null) {
    await write(pool, "delete from cto.halt", []);
    return null;
  }
  await write(pool, "insert into cto.halt (halted_by, reason) values ($1, $2) on conflict do nothing", [
    halt.by,
    halt.reason,
  ]);
  return readHalt(pool);
};
