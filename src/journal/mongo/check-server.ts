/** Refuses a server that cannot guarantee durable writes on a majority of nodes, which R1 requires. */
import type { Db, FindOptions } from "mongodb";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";

const hello = z.object({ setName: z.string().optional(), msg: z.string().optional() });

/** Without a limit, a linearizable read waits for a majority without end. */
const DECISIVE_MS = 10_000;

/**
 * Returns the options for reads that a decision depends on.
 * @throws `CTO_E_JOURNAL_TOO_WEAK` for a server that belongs to no replica set and is no router of a sharded cluster
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
