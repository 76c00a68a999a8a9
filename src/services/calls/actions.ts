/**
 * Lets a client of Solana Actions join a call: it signs the text of a pledge, and later, after another signature, sends its buy. What such a client
 * does with a transaction is not known, and the specification has it replace the blockhash. So its wallet is of way `sends`.
 */
import { randomBytes } from "node:crypto";
import type { CallRecord } from "../../calls/call-record.ts";
import { type Signable, textOfStatement } from "../../calls/pledge.ts";
import { TICKET_MS } from "../../calls/tickets.ts";
import { parseStatement, requireProof, requireWorthSigning } from "../../calls/verify-statement.ts";
import { parseSol } from "../../contract/amount.ts";
import type { Member } from "../../engine/calls/muster.ts";
import type { Address } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallChain, type CallContext, requireCall, storeOf, whyNotOpen } from "./context.ts";
import { join } from "./join.ts";
import { handOutTo, type ToSign } from "./sign.ts";

export type { CallRecord };

export type ToPledge = {
  /** What the wallet signs. */
  readonly text: string;
  /** The client returns it with the signature. It is not trusted then: the signature is checked against its text. */
  readonly state: string;
};

/**
 * Returns the text of a new pledge. Nothing is stored.
 *
 * @param sol decimal SOL, as the client's user has typed it
 * @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_AMOUNT_INVALID`, `CTO_E_PLEDGE_INVALID`,
 * `CTO_E_PLEDGE_OUT_OF_BOUNDS`, `CTO_E_PLEDGE_EXPIRED`
 */
export async function pledgeByAction(
  context: CallContext,
  callId: string,
  wallet: Address,
  sol: string,
): Promise<ToPledge> {
  const record = await requireCall(context, callId);
  if (record.status !== "open") {
    const reason = whyNotOpen(record, new Date());
    throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, kind: "pledge", reason });
  }
  return toPledge(record.call, wallet, parseSol(sol));
}

const toPledge = (call: CallRecord["call"], wallet: Address, lamports: bigint): ToPledge =>
  toSignAs(call, wallet, { kind: "pledge", lamports: String(lamports), expiresAt: call.terms.closesAt });

type Kind = Pick<Signable, "kind" | "expiresAt"> & { readonly lamports?: string };

function toSignAs(call: CallRecord["call"], wallet: Address, kind: Kind): ToPledge {
  const { terms, termsHash } = call;
  const nonce = randomBytes(16).toString("hex");
  const statement = parseStatement({ callId: terms.callId, termsHash, wallet, nonce, ...kind });
  if (statement.kind !== "request") requireWorthSigning(statement, call, new Date());
  return { text: textOfStatement(statement), state: JSON.stringify(statement) };
}

/** What a client returns once its wallet has signed a text. */
type SignedState = { readonly state: string; readonly signature: string };

/**
 * Counts a pledge that the client's wallet has signed.
 *
 * @throws as {@link join}
 */
export async function pledgedByAction(
  context: CallContext,
  callId: string,
  { state, signature }: SignedState,
): Promise<void> {
  await join(context, callId, { statement: parseState(state), signature, way: "sends", version: 0 });
}

function parseState(state: string): unknown {
  try {
    return JSON.parse(state);
  } catch {
    throw new CTOError("CTO_E_PLEDGE_INVALID", { problems: ["state: is not the one of the pledge"] });
  }
}

/**
 * Returns the member that sends through an Action.
 *
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`; `CTO_E_MUSTER_NOTHING_TO_SIGN` for a member that signs on the page: this client
 * might send its transaction alone, with a blockhash that nobody knows
 */
function senderOf({ muster }: CallRecord, wallet: Address): Member {
  const member = muster?.members.find((one) => one.wallet === wallet);
  if (member === undefined) throw new CTOError("CTO_E_MUSTER_NOT_A_MEMBER", { wallet });
  if (member.way === "sends") return member;
  throw new CTOError("CTO_E_MUSTER_NOTHING_TO_SIGN", {
    wallet,
    reason: "it has pledged as a wallet that signs, so it has to sign on the call's page",
  });
}

/**
 * Returns the text by which a member proves that it asks for its transaction: a request, for a few minutes. Nothing is
 * stored.
 */
export async function askByAction(context: CallContext, callId: string, wallet: Address): Promise<ToPledge> {
  const record = await requireCall(context, callId);
  const { call } = record;
  const ends = Math.min(Date.now() + TICKET_MS, call.closesAt.getTime());
  senderOf(record, wallet);
  return toSignAs(call, wallet, {
    kind: "request",
    expiresAt: `${new Date(ends).toISOString().slice(0, 19)}Z`,
  });
}

/**
 * Checks the signed text, and returns the ticket that the last link of the Action has. The specification puts what a link
 * carries into its URL, so it is not the signature.
 *
 * @throws `CTO_E_MUSTER_NOT_PROVED`
 */
export async function askedByAction(
  context: CallContext,
  callId: string,
  wallet: Address,
  { state, signature }: SignedState,
): Promise<string> {
  const record = await requireCall(context, callId);
  senderOf(record, wallet);
  const now = new Date();
  requireProof(wallet, { statement: parseState(state), signature }, { call: record.call, now });
  return storeOf(context).giveTicket(callId, wallet, now);
}

/**
 * Hands the client its transaction, once, after the least was sent.
 *
 * @param asking with the ticket that {@link askedByAction} has returned. It is good until the transaction is handed out
 * @throws as {@link handOutTo} and {@link senderOf}
 */
export async function buyByAction(
  context: CallContext,
  ports: CallChain,
  callId: string,
  { wallet, ticket }: { readonly wallet: Address; readonly ticket: string },
): Promise<ToSign> {
  senderOf(await requireCall(context, callId), wallet);
  const store = storeOf(context);
  if (!(await store.isTicket(callId, wallet, ticket, new Date())))
    throw new CTOError("CTO_E_MUSTER_NOT_PROVED", {
      wallet,
      reason: "the link is not the newest one, or older than five minutes",
    });
  const toSign = await handOutTo(context, ports, callId, { wallet, isProved: true });
  await store.dropTicket(callId, wallet);
  return toSign;
}
