/**
 * Stores in the journal how far it has followed the cluster (the mark), and keeps workers from signing while the
 * journal is behind the chain.
 *
 * On another copy of the journal, such as a promoted standby, no worker signs until a restore is declared (ADR 31); the
 * journal itself refuses their leases, too. If the journal is behind, we halt all signing. If we cannot know, this worker
 * signs nothing and keeps the mark, which is the backup's age. That is no halt, because it ends by itself once an
 * endpoint can show the history; `cto doctor`, `cto explain` and the metrics show the reason meanwhile.
 */
import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import type { Chain, Restore } from "../engine/ports.ts";
import {
  type Age,
  askOperations,
  readAge,
  readOldMark,
  readSlots,
  type Tips,
} from "../engine/restore/behind.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { areCallsHeld, askHeldCalls, holdOpenCalls } from "../services/calls/carry-out.ts";
import { requireOwnCluster } from "../services/own-cluster.ts";
import { noteSigningWaits } from "../services/signing-waits.ts";
import { oneChecks } from "./one-checks.ts";

/** After a restore, the search for a backup's steps begins at its mark. One more minute costs at most one more page. */
const MARK_EVERY_MS = 60_000;

/** The pause between two looks whether a call is held whose wallets are to be asked, ms. After asking them, `oneChecks` rests longer. */
const ASK_EVERY_MS = 2_000;

/** A backup that is put under this running worker must not be worked on until the next mark, ms. */
const LOOK_EVERY_MS = 1_000;

export type Reached = {
  /**
   * Returns whether this worker may sign. We check until the answer is yes, and then keep that answer, unless the
   * journal's mark goes back.
   * @throws the error of a failed read, and `CTO_E_JOURNAL_OTHER_CLUSTER`
   */
  isCurrent(): Promise<boolean>;
  /** Checks again before the next signature, if this error says that the journal is another copy now. */
  doubt(error: unknown): void;
  readonly task: Task;
};

export type WatchOptions = {
  readonly log: Logger;
  /** This worker's name. */
  readonly worker: string;
  /** The pause between two marks, ms. Default 60,000. */
  readonly everyMs?: number;
};

/**
 * Whether `one` was declared after `other`. The cluster's height says so, because another database's clock may be behind.
 * A backup from before `other` may have an older declaration.
 */
const isLater = (one: Restore | null, other: Restore | null): boolean =>
  one !== null &&
  (other === null ||
    one.lastValidBlockHeight > other.lastValidBlockHeight ||
    (one.lastValidBlockHeight === other.lastValidBlockHeight && one.at.getTime() !== other.at.getTime()));

/** Only a worker that may sign writes the mark. A backup whose restore is not declared must keep its own mark. */
export function watchReached(
  context: Pick<CTOContext, "config" | "journal">,
  { chain }: { readonly chain: Tips & Pick<Chain, "readHistories" | "readFinal"> },
  options: WatchOptions,
): Reached {
  const { log, worker, everyMs = MARK_EVERY_MS } = options;
  const { journal } = context;
  const look = { journal, chain };
  const stopping = new AbortController();
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
  const isOwnCopy = async (): Promise<boolean> => {
    const reason = await journal.whyCopied();
    if (reason === null) return true;
    const { code, message } = new CTOError("CTO_E_JOURNAL_COPIED", { reason });
    if (message !== logged) log.error({ code }, message);
    logged = message;
    return false;
  };
  /**
   * A call's members have keys of their own, so what their wallets show holds that call, and only that. Our own wallets alone can
   * halt all signing, and we wait for no others: anyone can pledge with thousands of wallets.
   */
  const askCalls = async (): Promise<void> => {
    const onHeld = (call: string, why: string): void =>
      log.error({ call, why }, "this call is held: nothing of it is handed out or released");
    const ask = (keepTurn: () => Promise<void>): Promise<void> => {
      const extend = async (): Promise<void> => {
        stopping.signal.throwIfAborted();
        await keepTurn();
      };
      return askHeldCalls(context, { chain, extend, onHeld });
    };
    await oneChecks(journal, worker, ask, "held-calls");
  };
  const check = async (): Promise<boolean> => {
    await requireOwnCluster(context);
    if (!(await isOwnCopy())) return false;
    const old = await readOldMark(look);
    if (old !== null) {
      const { oldest } = await readSlots(chain);
      const age = await oneChecks(journal, worker, async (extend) => {
        return readAge(chain, await askOperations(journal), old.slot, async () => {
          await extend();
          return (await readOldMark(look)) === null;
        });
      });
      if (age === null) return false;
      await report(age);
      if (age.age !== "current") return false;
      await holdOpenCalls(context, old.slot);
      // The other workers need not check, too.
      await journal.writeReached(oldest);
      await noteSigningWaits(context, null);
    } else if (logged !== null) await noteSigningWaits(context, null);
    logged = null;
    current = true;
    return true;
  };
  /** A declaration deletes the mark, so that an older one may follow. */
  let written: { readonly slot: bigint; readonly restore: Restore | null } | null = null;
  let wentBackAt = Number.NEGATIVE_INFINITY;
  /**
   * A mark that went back without a declaration: somebody has put a backup under this running worker. A backup from before
   * the last declaration does not have it, so only a later declaration counts.
   */
  const haltIfWentBack = async (): Promise<void> => {
    const last = written;
    if (last === null) return;
    const known = await journal.readReached();
    if (known !== null && known.slot >= last.slot) return;
    if (isLater(await journal.readRestore(), last.restore)) return;
    current = false;
    // On another copy no lease is given, and the declaration alone lets workers go on.
    if (!(await isOwnCopy())) return;
    wentBackAt = performance.now();
    const reason = `its mark went back from slot ${last.slot} to ${known?.slot ?? 0n} while workers ran`;
    const { code, message } = new CTOError("CTO_E_JOURNAL_COPIED", { reason });
    log.error({ code }, message);
    await journal.writeHalt({ by: "the worker", reason: `${code}: ${message}` });
    written = null;
  };
  const lookOnce = async (): Promise<void> => {
    await haltIfWentBack();
    if (current && !(await isOwnCopy())) current = false;
  };
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;
  const lookAgain = async (): Promise<void> => {
    if (looking === null && performance.now() - lookedAt < LOOK_EVERY_MS) return;
    looking ??= lookOnce().finally(() => {
      looking = null;
      lookedAt = performance.now();
    });
    await looking;
  };
  let checking: Promise<boolean> | null = null;
  const isCurrent = async (): Promise<boolean> => {
    await lookAgain();
    // Until every reader of the halt has seen it.
    if (performance.now() - wentBackAt < LOOK_EVERY_MS) return false;
    if (current) return true;
    checking ??= check().finally(() => {
      checking = null;
    });
    return checking;
  };
  const doubt = (error: unknown): void => {
    if (isCTOError(error, "CTO_E_JOURNAL_COPIED")) current = false;
  };
  const task = every(everyMs, log, "mark", async () => {
    await lookOnce();
    if (!(await isCurrent())) return;
    const restore = await journal.readRestore();
    const { oldest } = await readSlots(chain);
    await journal.writeReached(oldest);
    written = { slot: oldest, restore };
  });
  const asking = every(Math.min(everyMs, ASK_EVERY_MS), log, "held calls", async () => {
    if (current && (await areCallsHeld(context))) await askCalls();
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([task.stop(), asking.stop()]);
  };
  return { isCurrent, doubt, task: { stop } };
}
