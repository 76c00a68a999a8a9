/**
 * Checks whether the journal and the queue accept writes, and whether as many endpoints answer as must agree. An answer
 * is at most two seconds old.
 */

import { quorumOf, untilEnough } from "../base/quorum.ts";
import { within } from "../base/within.ts";
import { CTOError, toFailure } from "../errors/index.ts";
import { findCluster } from "../runtime/cluster-address.ts";
import { createClusterClient } from "../runtime/cluster-client.ts";
import type { CTOContext } from "../runtime/context.ts";

export type Check = { readonly ok: boolean; readonly error: string | null };
export type Dependencies = { readonly journal: Check; readonly queue: Check; readonly cluster: Check };

/**
 * The timeout of a check, ms. A load balancer decides by the answer where to send requests, so it must not wait long.
 */
const CHECK_MS = 3_000;

/** How long the journal keeps the value that a health check writes, ms. */
const TTL_MS = 60_000;
/** How long we return the same answer, ms. The endpoint is public, and callers may request it at any rate. */
const FRESH_MS = 2_000;

/** Returns an error's code only. The endpoint is public, and messages contain host names. */
const check = async (work: Promise<unknown>): Promise<Check> => {
  try {
    await work;
    return { ok: true, error: null };
  } catch (error) {
    return { ok: false, error: toFailure(error).code };
  }
};

type Context = Pick<CTOContext, "config" | "journal" | "queue">;

const answers = new WeakMap<
  CTOContext["journal"],
  { readonly at: number; readonly found: Promise<Dependencies> }
>();

/**
 * Returns the state of all dependencies, from a check of the last two seconds if there is one.
 *
 * @example
 * const { journal, queue, cluster } = await checkDependencies(context);
 */
export function checkDependencies(context: Context): Promise<Dependencies> {
  const known = answers.get(context.journal);
  if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.found;
  const found = exercise(context);
  answers.set(context.journal, { at: performance.now(), found });
  return found;
}

async function exercise({ config, journal, queue }: Context): Promise<Dependencies> {
  const late = (): CTOError =>
    new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `no answer within ${CHECK_MS} ms` });
  // With fewer endpoints than must agree, operations wait.
  const askCluster = async (): Promise<void> => {
    const urls = [...new Set((await findCluster(config)).urls)];
    const asked = urls.map((url) => createClusterClient(url).health());
    await untilEnough(asked, quorumOf(config.RESIGN_QUORUM, urls.length));
  };
  const [journalCheck, queueCheck, clusterCheck] = await Promise.all([
    check(within(CHECK_MS, journal.writeCached("health", "written", TTL_MS), late)),
    check(queue.check()),
    check(askCluster()),
  ]);
  return { journal: journalCheck, queue: queueCheck, cluster: clusterCheck };
}
