/**
 * Offers open calls to external applications, with the same services as HTTP and the command line. Others join with
 * their own wallets: docs/calls.md.
 */
import type { Address, Signature } from "../engine/ports.ts";
import { withChainPorts } from "../runtime/chain-ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { type Announcement, confirmAnnouncement, createCall } from "../services/calls/create-call.ts";
import { join, statementText } from "../services/calls/join.ts";
import { acceptSigned, handOutTo } from "../services/calls/sign.ts";
import { composeStart, startMuster, type ToStart } from "../services/calls/start.ts";
import { type CallView, callView, listCalls, readCall } from "../services/calls/view.ts";

/**
 * Creates a call. It opens once the caller's wallet has published the memo of the answer: see {@link confirmCTOCall}.
 *
 * @param terms JSON, as docs/calls.md describes it
 * @throws `CTO_E_CALLS_OFF`, `CTO_E_CALL_*`, `CTO_E_CALLER_NOT_NAMED`
 */
export async function createCTOCall(
  terms: unknown,
): Promise<{ readonly call: CallView; readonly announcement: Announcement }> {
  const context = await defaultContext();
  return withChainPorts(context, async (ports) => {
    const { record, announcement } = await createCall(context, ports, terms);
    return { call: callView(record, []), announcement };
  });
}

/**
 * Confirms that a final transaction publishes the terms of a call.
 *
 * @throws `CTO_E_CALL_NOT_ANNOUNCED`, `CTO_E_CALL_UNKNOWN`
 */
export async function confirmCTOCall(callId: string, signature: Signature): Promise<CallView> {
  const context = await defaultContext();
  await withChainPorts(context, (ports) => confirmAnnouncement(context, ports, callId, signature));
  return readCall(context, callId);
}

/** Returns a call, and its receipt once it is over. @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF` */
export const getCTOCall = async (callId: string): Promise<CallView> =>
  readCall(await defaultContext(), callId);

/** Returns all calls, the newest first, without their pledges. */
export const listCTOCalls = async (): Promise<CallView[]> =>
  (await listCalls(await defaultContext())).map((record) => callView(record, []));

/** Returns what the caller's wallet signs to start the muster, where the terms say `startedBy`. @throws `CTO_E_CALL_UNKNOWN` */
export const textOfCTOCallStart = async (callId: string): Promise<ToStart> =>
  composeStart(await defaultContext(), callId);

/**
 * Starts the muster, as the caller, while covered pledges reach the least.
 *
 * @param signed `{ start, signature }`
 * @throws `CTO_E_CALL_START_REFUSED`, `CTO_E_CALL_UNKNOWN`
 */
export async function startCTOCall(callId: string, signed: unknown): Promise<CallView> {
  const context = await defaultContext();
  await startMuster(context, callId, signed);
  return readCall(context, callId);
}

/** Returns the text that a wallet signs to pledge, to withdraw, or to ask for its transaction. @throws `CTO_E_PLEDGE_INVALID` */
export const textOfCTOPledge = async (statement: unknown): Promise<string> =>
  statementText(await defaultContext(), statement);

/**
 * Counts a pledge or a withdrawal.
 *
 * @param signed `{ statement, signature, way, version }`
 * @throws `CTO_E_PLEDGE_*`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_MUSTER_WITHDRAWN_LATE`
 */
export async function pledgeToCTOCall(callId: string, signed: unknown): Promise<CallView> {
  const context = await defaultContext();
  await join(context, callId, signed);
  return readCall(context, callId);
}

/**
 * Returns a member's transaction of the present round: base64, unsigned.
 *
 * @param proof `{ statement, signature }`, a statement of kind `request`, valid for 15 minutes at most; a wallet that only sends needs it
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_NOTHING_TO_SIGN`, `CTO_E_MUSTER_NOT_PROVED`,
 * `CTO_E_MUSTER_HANDED_ONCE`
 */
export async function getCTOCallTransaction(
  callId: string,
  wallet: Address,
  proof?: unknown,
): Promise<string> {
  const context = await defaultContext();
  return withChainPorts(
    context,
    async (ports) => (await handOutTo(context, ports, callId, { wallet, proof })).transaction,
  );
}

/**
 * Takes back a member's transaction, signed. It is sent only if the least is reached.
 *
 * @returns the signature that counts
 * @throws `CTO_E_MUSTER_*`, `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_EFFECT`
 */
export async function returnCTOCallTransaction(
  callId: string,
  wallet: Address,
  transaction: string,
): Promise<Signature> {
  const context = await defaultContext();
  return withChainPorts(context, (ports) => acceptSigned(context, ports, callId, wallet, transaction));
}
