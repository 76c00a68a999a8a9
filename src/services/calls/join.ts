/** Counts pledges and withdrawals. They are statements that a member's wallet has signed; no account is needed. */
import { z } from "zod";
import type { Arrival } from "../../calls/arrivals.ts";
import type { CallRecord } from "../../calls/call-record.ts";
import type { CallStore } from "../../calls/call-store.ts";
import { textOfStatement } from "../../calls/pledge.ts";
import { mayState, SEATS, seatFor, statementsAtMost } from "../../calls/seats.ts";
import { parseStatement, requireWorthSigning, verifyStatement } from "../../calls/verify-statement.ts";
import { problemsOf } from "../../contract/parse.ts";
import { withdraw } from "../../engine/calls/muster-moves.ts";
import type { Address } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallContext, callersOf, isMember, requireCall, storeOf, whyNotOpen } from "./context.ts";

const joinSchema = z.strictObject({
  statement: z.unknown(),
  signature: z.unknown(),
  /** What the wallet can do, as the page found out. It is not signed: a false word harms only the member. */
  way: z.enum(["signs", "sends"]).default("signs"),
  version: z.union([z.literal(0), z.literal(1)]).default(0),
});

/**
 * Counts a statement. A withdrawal also takes the member out of a muster that has not been released. The signature is
 * checked before anything of the pledges is read, so that forged statements cost little.
 *
 * @param input `{ statement, signature, way, version }`, from anyone
 * @throws `CTO_E_PLEDGE_*`, `CTO_E_CALL_FULL`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`,
 * `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_WITHDRAWN_LATE`
 */
export async function join(context: CallContext, callId: string, input: unknown): Promise<Arrival> {
  const record = await requireCall(context, callId);
  const parsed = joinSchema.safeParse(input);
  if (!parsed.success) throw new CTOError("CTO_E_PLEDGE_INVALID", { problems: problemsOf(parsed.error, "") });
  const { statement: given, signature, way, version } = parsed.data;
  const store = storeOf(context);
  const now = new Date();
  const { call, status } = record;
  const statement = verifyStatement(
    { statement: given, signature },
    { call, now, isCounted: () => false }, // The journal knows, below.
  );
  const { wallet, nonce, kind } = statement;
  const isTime = status === "open" || (kind === "withdrawal" && status === "mustering");
  if (!isTime) throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, kind, reason: whyNotOpen(record, now) });
  const own = await store.readStated(callId, wallet);
  // Before a seat is taken and the member taken out: an old withdrawal must not take back a new pledge.
  if (own.nonces.includes(nonce)) throw new CTOError("CTO_E_PLEDGE_REPLAYED", { wallet, nonce });
  const tooMany = (): CTOError =>
    new CTOError("CTO_E_PLEDGE_OUT_OF_BOUNDS", {
      reason: `${wallet} has made ${statementsAtMost(wallet, record)} statements`,
    });
  // Nobody makes room for a statement that will not be counted.
  if (!mayState(statement, own, record)) throw tooMany();
  if (own.last === null) await takeSeat(store, record, wallet, now);
  if (kind === "withdrawal") await takeOut(store, callId, wallet);
  const arrival = { statement, signature: signature as Arrival["signature"], at: now, way, version };
  const added = await store.addArrival(callId, arrival, (stated) => mayState(statement, stated, record));
  if (added === "replayed") throw new CTOError("CTO_E_PLEDGE_REPLAYED", { wallet, nonce });
  if (added === "too many") throw tooMany();
  // A worker may have begun the muster since, with the pledge that it has listed before.
  if (kind === "withdrawal") await takeOut(store, callId, wallet);
  return arrival;
}

/** Makes room for a wallet that has made no statement. */
async function takeSeat(store: CallStore, record: CallRecord, wallet: Address, now: Date): Promise<void> {
  const { callId } = record.call.terms;
  if (record.status === "mustering") {
    if (isMember(record, wallet)) return;
    throw new CTOError("CTO_E_MUSTER_NOT_A_MEMBER", { wallet });
  }
  const seat = seatFor(wallet, await store.listArrivals(callId), record, { now });
  if (seat.kind === "full") throw new CTOError("CTO_E_CALL_FULL", { callId, most: SEATS });
  if (seat.kind === "instead") await store.dropArrivals(callId, seat.of);
}

/** Takes a member out of the muster, if there is one. A withdrawal that comes too late is refused before it is stored. */
const takeOut = (store: CallStore, callId: string, wallet: Address): Promise<CallRecord> =>
  store.changeCall(callId, (found) =>
    found.muster !== null && isMember(found, wallet)
      ? { ...found, muster: withdraw(found.muster, wallet) }
      : found,
  );

/**
 * Returns the text that a wallet signs to pledge, to withdraw, or to ask for its transaction. It follows from the statement alone; nothing is stored.
 *
 * @throws `CTO_E_PLEDGE_INVALID`, `CTO_E_CALLS_OFF`
 */
export function statementText(context: Pick<CallContext, "config">, input: unknown): string {
  callersOf(context);
  return textOfStatement(parseStatement(input));
}

/**
 * Returns the text of {@link statementText}, unless the call would refuse the statement whenever it came: a wallet need not be asked then.
 *
 * @throws `CTO_E_PLEDGE_INVALID`, `CTO_E_PLEDGE_OTHER_CALL`, `CTO_E_PLEDGE_EXPIRED`, `CTO_E_PLEDGE_OUT_OF_BOUNDS`,
 * `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`
 */
export async function checkedText(context: CallContext, callId: string, input: unknown): Promise<string> {
  const { call } = await requireCall(context, callId);
  const statement = parseStatement(input);
  if (statement.kind !== "request") requireWorthSigning(statement, call, new Date());
  return textOfStatement(statement);
}
