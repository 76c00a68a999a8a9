/** Carries out a call with a worker's ports and this installation's limits: see `calls/drive-call.ts`. */
import { type AskRun, askHeld, holdOpen, isAnyHeld } from "../../calls/behind.ts";
import { createCallStore } from "../../calls/call-store.ts";
import { driveCall } from "../../calls/drive-call.ts";
import { lookAfter, type WatchRun } from "../../calls/watch-call.ts";
import { limitsFor } from "../../engine/limits/limits.ts";
import type { EngineSettings } from "../../engine/settings.ts";
import type { WorkerPorts } from "../../runtime/worker-ports.ts";
import { type CallContext, powersIn, requireCall, storeOf, whyHeld } from "./context.ts";

type Installed = Pick<CallContext, "config" | "journal">;

/** Holds the open calls, because the journal may be behind with them: see `calls/behind.ts`. If calls are off, none. */
export const holdOpenCalls = async ({ config, journal }: Installed, since: bigint): Promise<void> =>
  config.CTO_CALLERS === undefined ? undefined : holdOpen(createCallStore(journal), since);

/** Whether a call is held that {@link askHeldCalls} asks about. */
export const areCallsHeld = async ({ config, journal }: Installed): Promise<boolean> =>
  config.CTO_CALLERS !== undefined && (await isAnyHeld(createCallStore(journal)));

/** Asks whether the held calls may go on. */
export const askHeldCalls = ({ journal }: Installed, run: Omit<AskRun, "store">): Promise<void> =>
  askHeld({ ...run, store: createCallStore(journal) });

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
      // As it is now: a hold may have begun since the driver read the call.
      whyHeld: async () => whyHeld(context, await requireCall(context, callId)),
    },
    callId,
  );
