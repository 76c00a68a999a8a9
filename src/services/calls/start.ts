/** Starts the muster of a call whose terms leave its beginning to the caller. */
import { randomBytes } from "node:crypto";
import { countedPledges, musterOf, signersIn } from "../../calls/pledges.ts";
import { START_AT_MOST_MS, STARTS_AT_MOST, type Start, textOfStart, verifyStart } from "../../calls/start.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallContext, requireCall, storeOf } from "./context.ts";

export type ToStart = {
  readonly start: Start;
  /** What the caller's wallet signs. */
  readonly text: string;
};

/** How much the clocks of two servers may differ. */
const CLOCKS_MS = 60_000;

/**
 * Returns what the caller's wallet signs to start the muster, valid for fifteen minutes less what clocks may differ. Nothing is
 * stored.
 *
 * @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`
 */
export async function composeStart(context: CallContext, callId: string): Promise<ToStart> {
  const { call } = await requireCall(context, callId);
  const ends = Math.min(Date.now() + START_AT_MOST_MS - CLOCKS_MS, call.closesAt.getTime());
  const expiresAt = `${new Date(ends).toISOString().slice(0, 19)}Z`;
  const { caller } = call.terms;
  const nonce = randomBytes(16).toString("hex");
  const start = { callId, termsHash: call.termsHash, wallet: caller.wallet, expiresAt, nonce };
  return { start, text: textOfStart(start) };
}

/**
 * Starts the muster: a worker begins it with its next look, if the covered pledges still reach the least then. A start that is
 * refused here counts as used: kept, it would let whoever has it choose the time.
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
  const pledges = countedPledges(await store.listArrivals(callId), now).filter(({ wallet }) =>
    covered.has(wallet),
  );
  const wallets = signersIn(call, pledges, now).length;
  const isEnough = musterOf(call, pledges, now) !== null;
  let why = null as string | null;
  await store.changeCall(callId, (found) => {
    if (found.starts.includes(nonce)) throw refused("this start has counted before");
    if (found.starts.length >= STARTS_AT_MOST) throw refused(`it has had ${STARTS_AT_MOST} starts`);
    why = isEnough ? null : `covered pledges that fit, of ${wallets} wallets, do not reach the least`;
    if (found.status !== "open") why = `it is ${found.status}`;
    return { ...found, isStarted: found.isStarted || why === null, starts: [...found.starts, nonce] };
  });
  if (why !== null) throw refused(why);
}
