/**
 * Looks after calls from their announcement on: funders, late landings, and what the caller sold. It signs and sends nothing, so
 * it needs no lease for safety; the lease only sets the pause between two looks, for all workers together.
 */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { once } from "../base/once.ts";
import type { Address } from "../engine/ports.ts";
import { createFailoverReader, findFunder } from "../receipts/index.ts";
import { findCluster } from "../runtime/cluster-address.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { listWatchedCalls, lookAfterCall } from "../services/calls/carry-out.ts";

/** The interval at which we look whether a look is due, ms. */
const CHECK_MS = 2_000;
/** The pause between two looks after one call, ms. */
const PAUSE_MS = 300_000;

/** The pause after a look that failed, ms. */
const AGAIN_MS = 30_000;

export function startCallWatch(
  context: CTOContext,
  ports: WorkerPorts,
  { log, pauseMs = PAUSE_MS }: { readonly log: Logger; readonly pauseMs?: number | undefined },
): Task {
  const { config, journal } = context;
  const reader = once(async () => createFailoverReader((await findCluster(config)).urls));
  return every(CHECK_MS, log, "watched calls", async () => {
    if (config.CTO_CALLERS === undefined) return;
    for (const callId of await listWatchedCalls(context)) {
      // It is not released after a look: until it expires, no worker looks again.
      const owner = randomUUID();
      const name = `watch/${callId}`;
      if ((await journal.acquireLease(name, owner, pauseMs)) === null) continue;
      try {
        const funderOf = async (wallet: Address) => findFunder(await reader(), wallet);
        // Before the muster we look every other second whether it has begun, and for sales as often as later.
        const isSalesLookDue = async () =>
          (await journal.acquireLease(`watch-sales/${callId}`, owner, pauseMs)) !== null;
        if (!(await lookAfterCall(context, ports, callId, { funderOf, isSalesLookDue })))
          await journal.acquireLease(name, owner, Math.min(pauseMs, CHECK_MS));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ call: callId, error: reason }, "watching this call failed; it is tried again");
        await journal.acquireLease(name, owner, Math.min(pauseMs, AGAIN_MS));
      }
    }
  });
}
