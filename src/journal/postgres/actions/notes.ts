/** Reads, writes and lists notes. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Note } from "../../../engine/ports.ts";
import { read, write } from "../query.ts";
import { witnessOf } from "../witness.ts";

const notes = z.array(z.object({ key: z.string(), value: z.string(), version: z.number().int() }));

const SELECT = "select key, value, version from cto.notes";

export const readNote = async (pool: Pool, key: string): Promise<Note | null> =>
  notes.parse(await read(pool, `${SELECT} where key = $1`, [key]))[0] ?? null;

export const listNotes = async (pool: Pool, prefix: string): Promise<Note[]> =>
  notes.parse(await read(pool, `${SELECT} where starts_with(key, $1) order by key collate "C"`, [prefix]));

const INSERT =
  "insert into cto.notes (key, value, version) values ($1, $2, 1) on conflict do nothing returning key";
const UPDATE =
  "update cto.notes set value = $2, version = version + 1 where key = $1 and version = $3 returning key";
const DELETE = "delete from cto.notes where key = $1 and version = $2 returning key";

export const writeNote = async (
  pool: Pool,
  key: string,
  version: number,
  value: string | null,
): Promise<boolean> => {
  if (value === null) {
    const gone = await write(pool, DELETE, [key, version]);
    return gone.length === 1 || (await readNote(pool, key)) === null;
  }
  const witness = witnessOf(pool);
  const returned = `, ${witness?.position ?? "null"} as position`;
  const rows =
    version === 0
      ? await write(pool, INSERT + returned, [key, value])
      : await write(pool, UPDATE + returned, [key, value, version]);
  // An open call's note says what was handed out.
  witness?.wrote(rows);
  return rows.length === 1;
};
