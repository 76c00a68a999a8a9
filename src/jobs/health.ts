/** Whether the journal, the queue and the cluster answer now. */
import { CTOError, toFailure } from "../errors/index.ts";
import { findCluster } from "./cluster-address.ts";
import { createClusterClient } from "./cluster-client.ts";
import type { CTOContext } from "./context.ts";
import { within } from "./within.ts";

export type Check = { readonly ok: boolean; readonly error: string | null };
export type Dependencies = { readonly journal: Check; readonly queue: Check; readonly cluster: Check };

/** Whoever asks decides by the answer where to send requests; it must not wait long. ms */
const CHECK_MS = 3_000;

/** The code alone: anybody may ask, and messages name hosts. */
const check = async (work: Promise<unknown>): Promise<Check> => {
  try {
    await work;
    return { ok: true, error: null };
  } catch (error) {
    return { ok: false, error: toFailure(error).code };
  }
};

/** @example const { journal, queue, cluster } = await checkDependencies(context); */
export async function checkDependencies({
  config,
  journal,
  queue,
}: Pick<CTOContext, "config" | "journal" | "queue">): Promise<Dependencies> {
  const late = (): CTOError =>
    new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `no answer within ${CHECK_MS} ms` });
  const askCluster = async (): Promise<unknown> =>
    createClusterClient((await findCluster(config)).urls[0]).health();
  const [journalCheck, queueCheck, clusterCheck] = await Promise.all([
    check(within(CHECK_MS, journal.readHalt(), late)),
    check(queue.check()),
    check(askCluster()),
  ]);
  return { journal: journalCheck, queue: queueCheck, cluster: clusterCheck };
}
