/** Reads the database's clock. */
import type { Pool } from "pg";
import { z } from "zod";
import { read } from "../query.ts";

const answer = z.tuple([z.object({ now: z.date() })]);

export const readTime = async (pool: Pool): Promise<Date> =>
  answer.parse(await read(pool, "select clock_timestamp() as now", []))[0].now;
