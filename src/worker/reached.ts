/**
 * Stores in the journal how far it has followed the cluster (the mark), and keeps workers from signing while the
 * journal is behind the chain.
 *
 * If the journal is behind, we halt all signing until a restore is declared (ADR 31). If we cannot know, this worker
 * signs nothing and keeps the mark, which is the backup's age. That is no halt, because it ends by itself once an
 * endpoint can show the history; `cto doctor`, `cto explain` and the metrics show the reason meanwhile.
 */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { readAge, worseAge } from "../engine/restore/behind.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { readCallAge } from "../services/calls/carry-out.ts";
import { requireOwnCluster } from "../services/own-cluster.ts";
import { noteSigningWaits } from "../services/signing-waits.ts";

/** After a restore, the search for a backup's steps begins at its mark. One more minute costs at most one more page. */
const MARK_EVERY_MS = 60_000;

export type Reached = {
  /**
   * Returns whether this worker may sign. We check until the answer is yes, and then keep that answer.
   * @throws the error of a failed read, and `CTO_E_JOURNAL_OTHER_CLUSTER`
   */
  isCurrent(): Promise<boolean>;
  readonly task: Task;
};

/** Only a worker that may sign writes the mark. A backup whose restore is not declared must keep its own mark. */
export function watchReached(
  context: Pick<CTOContext, "config" | "journal">,
  { chain }: Pick<WorkerPorts, "chain">,
  log: Logger,
): Reached {
  const { journal } = context;
  let current = false;
  let logged: string | null = null;
  const isCurrent = async (): Promise<boolean> => {
    if (current) return true;
    await requireOwnCluster(context);
    const age = worseAge(await readAge({ journal, chain }), await readCallAge(context, chain));
    if (age.age === "behind") {
      const { operationId: jobId, signature } = age;
      const { code, message } = new CTOError("CTO_E_JOURNAL_BEHIND", { jobId, signature });
      log.error({ code, operation: jobId }, message);
      await journal.writeHalt({ by: "the worker", reason: `${code}: ${message}` });
      return false;
    }
    if (age.age === "unknown") {
      const { operationId: jobId, why: reason } = age;
      const { code, message } = new CTOError("CTO_E_JOURNAL_AGE_UNKNOWN", { jobId, reason });
      if (message !== logged) log.error({ code, operation: jobId }, message);
      logged = message;
      await noteSigningWaits(context, `${code}: ${message}`);
      return false;
    }
    if (logged !== null) await noteSigningWaits(context, null);
    current = true;
    return true;
  };
  const task = every(MARK_EVERY_MS, log, "mark", async () => {
    if (await isCurrent()) await journal.writeReached((await chain.latestBlockhash()).slot);
  });
  return { isCurrent, task };
}
