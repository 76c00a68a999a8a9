/**
 * Says which copy of the database this is: see `migrations/014-copies.ts`. Another one than the workers used may lack what
 * was signed last.
 */
import type { Pool } from "pg";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { read } from "./query.ts";

const HOW = {
  server: "it is on another PostgreSQL server",
  timeline:
    "its server began a new timeline: a standby was promoted, or the server was recovered to a point in time",
  database: "it is another database of the same server",
  dump: "it was put back from a dump",
} as const;

/** How it differs, as the database says it; null if it is the workers' own. */
export const copied = z.enum(["server", "timeline", "database", "dump"]).nullable();

type Copied = z.infer<typeof copied>;

const answer = z.tuple([z.object({ copied })]);

/** @throws `CTO_E_JOURNAL_COPIED` */
export const requireOwnCopy = (how: Copied): void => {
  if (how !== null) throw new CTOError("CTO_E_JOURNAL_COPIED", { reason: HOW[how] });
};

/** Returns why this is another copy than the one that the workers used; null if it is that one. */
export const whyCopied = async (pool: Pool): Promise<string | null> => {
  const [{ copied: how }] = answer.parse(await read(pool, "select cto.how_copied() as copied"));
  return how === null ? null : HOW[how];
};
