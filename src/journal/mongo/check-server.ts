/** R1 says that a returned write is durable, on a majority of nodes. A server that cannot promise it is refused. */
import type { Db, FindOptions } from "mongodb";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";

const hello = z.object({ setName: z.string().optional(), msg: z.string().optional() });

/** A linearizable read without a limit waits for a majority for ever. */
const DECISIVE_MS = 10_000;

/**
 * Answers how to read what a decision rests on.
 * @throws `CTO_E_JOURNAL_TOO_WEAK` for a server that is neither of a replica set nor a router of a sharded cluster
 */
export const checkServer = async (db: Db, allowStandalone: boolean): Promise<FindOptions> => {
  const { setName, msg } = hello.parse(await db.command({ hello: 1 }));
  if (setName !== undefined || msg === "isdbgrid") {
    return { readConcern: { level: "linearizable" }, maxTimeMS: DECISIVE_MS };
  }
  if (allowStandalone) return { readConcern: { level: "local" } };
  throw new CTOError("CTO_E_JOURNAL_TOO_WEAK", {
    setting: "topology",
    value: "standalone",
    needed: "a replica set (of one node, if need be), or MONGODB_ALLOW_STANDALONE=1 on a machine for tests",
  });
};
