/**
 * Lets a client of Solana Actions join a call: it signs the text of a pledge, and later sends its buy. What such a client
 * does with a transaction is not known, and the specification has it replace the blockhash. So its wallet is of way `sends`.
 */
import { randomBytes } from "node:crypto";
import type { CallRecord } from "../../calls/call-record.ts";
import { type Statement, textOfStatement } from "../../calls/pledge.ts";
import { parseStatement } from "../../calls/verify-statement.ts";
import { parseSol } from "../../contract/amount.ts";
import type { Address } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { type CallChain, type CallContext, requireCall } from "./context.ts";
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
 * @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_AMOUNT_INVALID`, `CTO_E_PLEDGE_INVALID`
 */
export async function pledgeByAction(
  context: CallContext,
  callId: string,
  wallet: Address,
  sol: string,
): Promise<ToPledge> {
  const { call, status } = await requireCall(context, callId);
  const { opensAt, closesAt } = call.terms;
  if (status !== "open") throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, opensAt, closesAt });
  const statement: Statement = parseStatement({
    kind: "pledge",
    callId,
    termsHash: call.termsHash,
    wallet,
    expiresAt: closesAt,
    nonce: randomBytes(16).toString("hex"),
    lamports: String(parseSol(sol)),
  });
  return { text: textOfStatement(statement), state: JSON.stringify(statement) };
}

/**
 * Counts a pledge that the client's wallet has signed.
 *
 * @throws as {@link join}
 */
export async function pledgedByAction(
  context: CallContext,
  callId: string,
  { state, signature }: { readonly state: string; readonly signature: string },
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
 * Hands the client its transaction, once, after the least was sent.
 *
 * @throws as {@link handOutTo}; `CTO_E_MUSTER_NOTHING_TO_SIGN` for a member that signs on the page: this client might
 * send its transaction alone, with a blockhash that nobody knows
 */
export async function buyByAction(
  context: CallContext,
  ports: CallChain,
  callId: string,
  wallet: Address,
): Promise<ToSign> {
  const { muster } = await requireCall(context, callId);
  const member = muster?.members.find((one) => one.wallet === wallet);
  if (member?.way === "signs")
    throw new CTOError("CTO_E_MUSTER_NOTHING_TO_SIGN", {
      wallet,
      reason: "it has pledged as a wallet that signs, so it has to sign on the call's page",
    });
  return handOutTo(context, ports, callId, wallet);
}
