/** Starts the muster of a call whose terms leave its beginning to the caller. */
import { randomBytes } from "node:crypto";
import { countedPledges } from "../../calls/pledges.ts";
import { type Start, textOfStart, verifyStart } from "../../calls/start.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallContext, requireCall, storeOf } from "./context.ts";

export type ToStart = {
  readonly start: Start;
  /** What the caller's wallet signs. */
  readonly text: string;
};

/**
 * Returns what the caller's wallet signs to start the muster. Nothing is stored.
 *
 * @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`
 */
export async function composeStart(context: CallContext, callId: string): Promise<ToStart> {
  const { call } = await requireCall(context, callId);
  const { caller, closesAt: expiresAt } = call.terms;
  const nonce = randomBytes(16).toString("hex");
  const start = { callId, termsHash: call.termsHash, wallet: caller.wallet, expiresAt, nonce };
  return { start, text: textOfStart(start) };
}

/**
 * Starts the muster: a worker begins it with its next look, if the covered pledges still reach the least then.
 *
 * @param input `{ start, signature }`, from anyone: the caller's wallet has signed it
 * @throws `CTO_E_CALL_START_REFUSED`, `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`
 */
export async function startMuster(context: CallContext, callId: string, input: unknown): Promise<void> {
  const { call, cover } = await requireCall(context, callId);
  const refused = (reason: string): CTOError => new CTOError("CTO_E_CALL_START_REFUSED", { callId, reason });
  const now = new Date();
  const { nonce } = verifyStart(input, call, now);
  if (call.terms.startedBy === undefined)
    throw refused("its terms have it begin by itself as soon as the least is reached");
  const store = storeOf(context);
  const covered = new Set(cover?.covered);
  const pledges = countedPledges(await store.listArrivals(callId), now).filter(
    ({ wallet, way }) => way === "signs" && covered.has(wallet),
  );
  const lamports = pledges.reduce((sum, one) => sum + one.lamports, 0n);
  if (pledges.length < call.terms.leastWallets || lamports < call.leastLamports)
    throw refused(`covered pledges of ${pledges.length} wallets do not reach the least`);
  await store.changeCall(callId, (found) => {
    if (found.status !== "open") throw refused(`it is ${found.status}`);
    if (found.starts.includes(nonce)) throw refused("this start has counted before");
    return { ...found, isStarted: true, starts: [...found.starts, nonce] };
  });
}
