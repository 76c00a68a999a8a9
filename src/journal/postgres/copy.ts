/**
 * Says which copy of the database this is: see `migrations/014-copies.ts` and `witness.ts`. Another one than the workers
 * used may lack what was signed last.
 */
import type { Pool } from "pg";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { requireDurable } from "./check-durability.ts";
import { read } from "./query.ts";
import { type Copied, copied, HOW_COPIED, witnessOf } from "./witness.ts";

const HOW = {
  server: "it is on another PostgreSQL server",
  timeline:
    "its server began a new timeline: a standby was promoted, or the server was recovered to a point in time",
  database: "it is another database of the same server",
  dump: "it was put back from a dump",
  lost: "it lacks what a worker had committed: a standby was made a primary by hand, or a snapshot was put back",
} as const;

/** @throws `CTO_E_JOURNAL_COPIED` */
export const requireOwnCopy = (how: Copied): void => {
  if (how !== null) throw new CTOError("CTO_E_JOURNAL_COPIED", { reason: HOW[how] });
};

const answer = z.tuple([z.object({ copied })]);

const look = async (pool: Pool): Promise<Copied> =>
  witnessOf(pool)?.look() ?? answer.parse(await read(pool, `select ${HOW_COPIED} as copied`))[0].copied;

/**
 * Returns why this is another copy than the one that the workers used; null if it is that one.
 *
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`, also if commits are not durable any more: a reload changes connections that are open
 */
export const whyCopied = async (pool: Pool): Promise<string | null> => {
  await requireDurable((text, values) => read(pool, text, values));
  const how = await look(pool);
  return how === null ? null : HOW[how];
};

const told = z.tuple([z.object({ told: z.boolean() })]);

/** Whether the server tells its timeline, without which a promoted standby looks like its primary. */
export const tellsCopies = async (pool: Pool): Promise<boolean> =>
  told.parse(await read(pool, "select cto.server_timeline() is not null as told"))[0].told;
