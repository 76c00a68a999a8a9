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
import type { Chain } from "../engine/ports.ts";
import { type Age, askOperations, readAge, readOldMark } from "../engine/restore/behind.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { askOpenCalls } from "../services/calls/carry-out.ts";
import { requireOwnCluster } from "../services/own-cluster.ts";
import { noteSigningWaits } from "../services/signing-waits.ts";
import { oneChecks } from "./one-checks.ts";

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

export type WatchOptions = {
  readonly log: Logger;
  /** This worker's name. */
  readonly worker: string;
  /** The pause between two marks, ms. Default 60,000. */
  readonly everyMs?: number;
};

/** Only a worker that may sign writes the mark. A backup whose restore is not declared must keep its own mark. */
export function watchReached(
  context: Pick<CTOContext, "config" | "journal">,
  { chain }: { readonly chain: Pick<Chain, "latestBlockhash" | "readHistories" | "readFinal"> },
  options: WatchOptions,
): Reached {
  const { log, worker } = options;
  const { journal } = context;
  const look = { journal, chain };
  let current = false;
  let logged: string | null = null;
  const report = async (age: Age): Promise<void> => {
    if (age.age === "behind") {
      const { operationId: jobId, signature } = age;
      const { code, message } = new CTOError("CTO_E_JOURNAL_BEHIND", { jobId, signature });
      log.error({ code, operation: jobId }, message);
      await journal.writeHalt({ by: "the worker", reason: `${code}: ${message}` });
      return;
    }
    if (age.age === "unknown") {
      const { operationId: jobId, why: reason } = age;
      const { code, message } = new CTOError("CTO_E_JOURNAL_AGE_UNKNOWN", { jobId, reason });
      if (message !== logged) log.error({ code, operation: jobId }, message);
      logged = message;
      await noteSigningWaits(context, `${code}: ${message}`);
    }
  };
  const check = async (): Promise<boolean> => {
    await requireOwnCluster(context);
    const old = await readOldMark(look);
    if (old !== null) {
      const { slot } = await chain.latestBlockhash();
      const age = await oneChecks(journal, worker, async (extend) => {
        const questions = [...(await askOperations(journal)), ...(await askOpenCalls(context))];
        return readAge(chain, questions, old.slot, async () => {
          await extend();
          return (await readOldMark(look)) === null;
        });
      });
      if (age === null) return false;
      await report(age);
      if (age.age !== "current") return false;
      // The other workers need not check, too.
      await journal.writeReached(slot);
      await noteSigningWaits(context, null);
    } else if (logged !== null) await noteSigningWaits(context, null);
    current = true;
    return true;
  };
  let checking: Promise<boolean> | null = null;
  const isCurrent = async (): Promise<boolean> => {
    if (current) return true;
    checking ??= check().finally(() => {
      checking = null;
    });
    return checking;
  };
  let written = 0n;
  const task = every(options.everyMs ?? MARK_EVERY_MS, log, "mark", async () => {
    // A mark that went back: somebody has put a backup under this running worker.
    const known = await journal.readReached();
    if (known !== null && known.slot < written) current = false;
    if (!(await isCurrent())) return;
    const { slot } = await chain.latestBlockhash();
    await journal.writeReached(slot);
    written = slot;
  });
  return { isCurrent, task };
}
