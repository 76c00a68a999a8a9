/** Counts pledges and withdrawals. They are statements that a member's wallet has signed; no account is needed. */
import { z } from "zod";
import type { Arrival } from "../../calls/call-store.ts";
import { textOfStatement } from "../../calls/pledge.ts";
import { SEATS, seatFor } from "../../calls/seats.ts";
import { parseStatement, verifyStatement } from "../../calls/verify-statement.ts";
import { problemsOf } from "../../contract/parse.ts";
import { withdraw } from "../../engine/calls/muster-moves.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallContext, callersOf, isMember, requireCall, storeOf } from "./context.ts";

const joinSchema = z.strictObject({
  statement: z.unknown(),
  signature: z.unknown(),
  /** What the wallet can do, as the page found out. It is not signed: a false word harms only the member. */
  way: z.enum(["signs", "sends"]).default("signs"),
  version: z.union([z.literal(0), z.literal(1)]).default(0),
});

/** The most statements of one wallet for one call. */
const STATEMENTS_AT_MOST = 20;

/**
 * Counts a statement. A withdrawal also takes the member out of a muster that has not been released.
 *
 * @param input `{ statement, signature, way, version }`, from anyone
 * @throws `CTO_E_PLEDGE_*`, `CTO_E_CALL_FULL`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`,
 * `CTO_E_MUSTER_WITHDRAWN_LATE`
 */
export async function join(context: CallContext, callId: string, input: unknown): Promise<Arrival> {
  const record = await requireCall(context, callId);
  const parsed = joinSchema.safeParse(input);
  if (!parsed.success) throw new CTOError("CTO_E_PLEDGE_INVALID", { problems: problemsOf(parsed.error, "") });
  const { statement: given, signature, way, version } = parsed.data;
  const store = storeOf(context);
  const now = new Date();
  const known = await store.listArrivals(callId);
  const statement = verifyStatement(
    { statement: given, signature },
    {
      call: record.call,
      now,
      isCounted: (one) =>
        known.some(
          (arrival) => arrival.statement.wallet === one.wallet && arrival.statement.nonce === one.nonce,
        ),
    },
  );
  const { wallet, nonce, kind } = statement;
  const isTime = record.status === "open" || (kind === "withdrawal" && record.status === "mustering");
  if (!isTime) {
    const { opensAt, closesAt } = record.call.terms;
    throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, opensAt, closesAt });
  }
  const own = known.filter((arrival) => arrival.statement.wallet === wallet);
  if (own.length >= STATEMENTS_AT_MOST)
    throw new CTOError("CTO_E_PLEDGE_OUT_OF_BOUNDS", {
      reason: `${wallet} has made ${own.length} statements`,
    });
  const seat = seatFor(wallet, known, record, { now });
  if (seat.kind === "full") throw new CTOError("CTO_E_CALL_FULL", { callId, most: SEATS });
  if (seat.kind === "instead") await store.dropArrivals(callId, seat.of);
  // Before it is stored: a withdrawal that comes too late must not look like one that counts.
  if (kind === "withdrawal") {
    await store.changeCall(callId, (found) =>
      found.muster !== null && isMember(found, wallet)
        ? { ...found, muster: withdraw(found.muster, wallet) }
        : found,
    );
  }
  // The last statement counts. The clock of the server that took the one before may be ahead of ours.
  const at = new Date(Math.max(now.getTime(), ...own.map((one) => one.at.getTime() + 1)));
  const arrival = { statement, signature: signature as Arrival["signature"], at, way, version };
  if (!(await store.addArrival(callId, arrival)))
    throw new CTOError("CTO_E_PLEDGE_REPLAYED", { wallet, nonce });
  return arrival;
}

/**
 * Returns the text that a wallet signs to pledge or to withdraw. It follows from the statement alone; nothing is stored.
 *
 * @throws `CTO_E_PLEDGE_INVALID`, `CTO_E_CALLS_OFF`
 */
export function statementText(context: Pick<CallContext, "config">, input: unknown): string {
  callersOf(context);
  return textOfStatement(parseStatement(input));
}
