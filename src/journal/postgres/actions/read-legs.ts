/** Reads an operation's legs, in order. */
import type { Pool } from "pg";
import type { Leg } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseLeg } from "../rows/leg-row.ts";

export const readLegs = async (pool: Pool, id: string): Promise<Leg[]> =>
  (await read(pool, "select * from cto.legs where operation_id = $1 order by leg", [id])).map(parseLeg);
