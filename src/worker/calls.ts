/**
 * Carries out the open calls, each under a lease of its own, so that one worker drives a call and another takes over
 * when it dies. Off unless CTO_CALLERS is set.
 */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import type { Beats } from "../engine/beats.ts";
import type { EngineSettings } from "../engine/settings.ts";
import { workUnderLease } from "../engine/under-lease.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { carryOutCall, listOpenCalls } from "../services/calls/carry-out.ts";
import type { Reached } from "./reached.ts";

/** The interval at which we look for calls that nobody drives, ms. */
const LOOK_MS = 1_000;

export type CallsOptions = {
  readonly log: Logger;
  readonly owner: string;
  readonly beats: Beats;
  readonly settings: EngineSettings;
  /** Says whether this worker may sign. The same holds for what is handed out. */
  readonly reached: Pick<Reached, "isCurrent" | "doubt">;
};

/** Starts the task. Its `stop` waits until every call has reached a line at which it may be left. */
export function startCalls(context: CTOContext, ports: WorkerPorts, options: CallsOptions): Task {
  const { log, owner, beats, settings, reached } = options;
  const shutdown = new AbortController();
  const driven = new Map<string, Promise<void>>();

  const drive = (callId: string): Promise<void> =>
    workUnderLease(
      {
        journal: context.journal,
        clock: ports.clock,
        beats,
        owner: `${owner}/${callId}`,
        signal: shutdown.signal,
      },
      `call/${callId}`,
      (signal) => carryOutCall(context, { ports, settings, callId, signal }),
    );

  const look = every(LOOK_MS, log, "calls", async () => {
    if (context.config.CTO_CALLERS === undefined || shutdown.signal.aborted || !(await reached.isCurrent()))
      return;
    for (const callId of await listOpenCalls(context)) {
      if (driven.has(callId)) continue;
      const driving = drive(callId)
        .catch((error: unknown) => {
          reached.doubt(error);
          const reason = error instanceof Error ? error.message : String(error);
          log.error({ call: callId, error: reason }, "driving this call failed; it is tried again");
        })
        .finally(() => driven.delete(callId));
      driven.set(callId, driving);
    }
  });
  return {
    async stop() {
      shutdown.abort();
      await look.stop();
      await Promise.all(driven.values());
    },
  };
}
