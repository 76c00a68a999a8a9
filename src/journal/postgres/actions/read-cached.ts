/** Reads an unexpired text from the shared cache. */
import type { Pool } from "pg";
import { z } from "zod";
import { read } from "../query.ts";

const SQL = "select value from cto.cache where key = $1 and expires_at > clock_timestamp()";

export const readCached = async (pool: Pool, key: string): Promise<string | null> => {
  const [row] = z.array(z.object({ value: z.string() })).parse(await read(pool, SQL, [key]));
  return row?.value ?? null;
};
