/** Carries out a call with a worker's ports and this installation's limits: see `calls/drive-call.ts`. */
import { type HoldRun, holdCalls } from "../../calls/behind.ts";
import { createCallStore } from "../../calls/call-store.ts";
import { driveCall } from "../../calls/drive-call.ts";
import { lookAfter, type WatchRun } from "../../calls/watch-call.ts";
import { limitsFor } from "../../engine/limits/limits.ts";
import type { EngineSettings } from "../../engine/settings.ts";
import type { WorkerPorts } from "../../runtime/worker-ports.ts";
import { type CallContext, powersIn, storeOf, whyHeld } from "./context.ts";

/** Holds the open calls that the journal may be behind with: see `calls/behind.ts`. If calls are off, none. */
export const holdOldCalls = async (
  { config, journal }: Pick<CallContext, "config" | "journal">,
  run: Omit<HoldRun, "store">,
  since: bigint | null,
): Promise<ReadonlyMap<string, string>> =>
  config.CTO_CALLERS === undefined
    ? new Map()
    : holdCalls({ ...run, store: createCallStore(journal) }, since);

/** Returns the calls that are looked after: they are announced, and still watched. */
export const listWatchedCalls = (context: CallContext): Promise<string[]> => storeOf(context).listWatched();

/** Looks after a call once: see `calls/watch-call.ts`. */
export const lookAfterCall = (
  context: CallContext,
  { chain, clock }: Pick<WorkerPorts, "chain" | "clock">,
  callId: string,
  by: Pick<WatchRun, "funderOf" | "isSalesLookDue">,
): Promise<boolean> => lookAfter({ chain, clock, store: storeOf(context), ...by }, callId);

/** Calls belong to no user: the limits for everyone hold. */
const NOBODY = "";

/** Returns the calls that are not over. */
export const listOpenCalls = (context: CallContext): Promise<string[]> => storeOf(context).listOpen();

export type CarryOutCall = {
  readonly ports: Pick<WorkerPorts, "chain" | "venues" | "policy" | "clock">;
  readonly settings: EngineSettings;
  readonly callId: string;
  readonly signal: AbortSignal;
};

/** Drives a call until it is over, or until the signal aborts. The caller holds its lease. */
export const carryOutCall = (
  context: CallContext,
  { ports, settings, callId, signal }: CarryOutCall,
): Promise<void> =>
  driveCall(
    {
      ports,
      settings,
      signal,
      store: storeOf(context),
      powersIn,
      mostFee: BigInt(context.config.CTO_MAX_PRIORITY_FEE_LAMPORTS),
      // A member's bound is its pledge, so spend limits need not be set. The lists of mints and programs hold.
      limits: async () => limitsFor(await context.journal.readLimits(NOBODY), false),
      whyHeld: (record) => whyHeld(context, record),
    },
    callId,
  );
