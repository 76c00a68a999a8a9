/**
 * Keeps the journal's mark of how far it has come on the cluster, and lets no worker sign while the journal runs behind the
 * chain: then everything is halted until a restore is declared (ADR 31).
 */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { findBehind } from "../engine/restore/behind.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";

/** A backup's steps are searched for from its mark on: a minute more is a page at most. */
const MARK_EVERY_MS = 60_000;

export type Reached = {
  /** Whether this worker may sign. Looked at until it is so; then it stays so. @throws what cannot be read */
  isCurrent(): Promise<boolean>;
  readonly task: Task;
};

/** The mark is written only by a worker that may sign: a backup that is not declared must keep its own. */
export function watchReached(
  { journal }: Pick<CTOContext, "journal">,
  { chain }: Pick<WorkerPorts, "chain">,
  log: Logger,
): Reached {
  let current = false;
  const isCurrent = async (): Promise<boolean> => {
    if (current) return true;
    const behind = await findBehind({ journal, chain });
    if (behind !== null) {
      const { operationId: jobId, signature } = behind;
      const { code, message } = new CTOError("CTO_E_JOURNAL_BEHIND", { jobId, signature });
      log.error({ code, operation: jobId }, message);
      await journal.writeHalt({ by: "the worker", reason: `${code}: ${message}` });
      return false;
    }
    current = true;
    return true;
  };
  const task = every(MARK_EVERY_MS, log, "mark", async () => {
    if (await isCurrent()) await journal.writeReached((await chain.latestBlockhash()).slot);
  });
  return { isCurrent, task };
}
