/** What the services of open calls share: whether calls are on, and the store. */

import type { CallRecord } from "../../calls/call-record.ts";
import { type CallStore, createCallStore } from "../../calls/call-store.ts";
import type { MintPower } from "../../calls/terms.ts";
import type { Address, Survey } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { ChainPorts } from "../../runtime/chain-ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { ofEveryView, powersOf } from "../../venues/mint-rules.ts";

/** What a service of calls needs. */
export type CallContext = Pick<CTOContext, "config" | "journal" | "queue">;

export type CallChain = Pick<ChainPorts, "chain">;

/** One store for each journal of the process, because changes of one call wait for each other in it. */
const stores = new WeakMap<object, CallStore>();

/** The name under which changes of a call are told to the listeners of all processes. */
export const newsOfCall = (callId: string): string => `call/${callId}`;

export function storeOf({ journal, queue }: Pick<CallContext, "journal" | "queue">): CallStore {
  const store = stores.get(journal) ?? createCallStore(journal, (callId) => queue.wake(newsOfCall(callId)));
  stores.set(journal, store);
  return store;
}

/** Returns what the mint's issuer can do to its holders. */
export const powersIn = (survey: Survey): readonly MintPower[] => ofEveryView(survey, powersOf);

/** Returns the wallets that may publish calls. @throws `CTO_E_CALLS_OFF` */
export function callersOf({ config }: Pick<CallContext, "config">): readonly string[] {
  const callers = config.CTO_CALLERS;
  if (callers === undefined) throw new CTOError("CTO_E_CALLS_OFF");
  return callers;
}

/** @throws `CTO_E_CALLS_OFF`, `CTO_E_CALL_UNKNOWN` */
export async function requireCall(context: CallContext, callId: string): Promise<CallRecord> {
  callersOf(context);
  const record = await storeOf(context).readCall(callId);
  if (record === null) throw new CTOError("CTO_E_CALL_UNKNOWN", { callId });
  return record;
}

/**
 * Says why nothing may be handed out or released now: a hold of this call, a halt, a journal that is another copy than the workers', or one
 * that was restored from a backup after the call was created. Such a journal may lack what was handed out. Null: it may.
 *
 * The call names the declaration that it was created under. Times do not decide: two clocks wrote them.
 */
export async function whyHeld(
  { journal }: Pick<CallContext, "journal">,
  { restoredAt, held }: Pick<CallRecord, "restoredAt" | "held">,
): Promise<string | null> {
  if (held !== null) return held.why;
  const halt = await journal.readHalt();
  // Its reason is the operator's own note, and this text is public.
  if (halt !== null) return "the operator has halted all signing";
  const copied = await journal.whyCopied();
  if (copied !== null) return new CTOError("CTO_E_JOURNAL_COPIED", { reason: copied }).message;
  const restore = await journal.readRestore();
  return restore !== null && restore.at.getTime() !== restoredAt?.getTime()
    ? "the journal was restored from a backup, which may lack what was handed out"
    : null;
}

export const isMember = (record: CallRecord, wallet: Address): boolean =>
  record.muster?.members.some((member) => member.wallet === wallet) ?? false;

/** Says why a call takes no pledge, of one that is not open. */
export function whyNotOpen({ status, announcement, call, ended }: CallRecord, now: Date): string {
  const { opensAt } = call.terms;
  if (ended !== null) return "it is over";
  if (status === "mustering") return "its muster has begun";
  if (announcement === null) return "the caller has not published its terms yet";
  if (now < call.opensAt) return `it opens at ${opensAt}`;
  return "its terms are published, and a worker opens it in a few seconds";
}
