/**
 * Checks a pledge or a withdrawal that anyone may have sent: its form, call, bounds, time, signature and nonce. And checks the
 * request for a transaction.
 */
import { isDeepStrictEqual } from "node:util";
import { getBase58Encoder, isSignature, type Signature } from "@solana/kit";
import { z } from "zod";
import { hasSmallOrder } from "../base/small-order.ts";
import { formatSol } from "../base/sol.ts";
import { problemsOf } from "../contract/parse.ts";
import type { Address } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { verifyBytes } from "../wallets/keypair.ts";
import {
  REQUEST_AT_MOST_MS,
  requestSchema,
  type Signable,
  type Statement,
  signableSchema,
  statementSchema,
  textOfStatement,
} from "./pledge.ts";
import type { Call } from "./terms.ts";

/** Of the statement's text, base58. */
const signature = z
  .string()
  .refine(isSignature, "must be 64 bytes in base58")
  .transform((text) => text as Signature);

const envelopeSchema = z.strictObject({ statement: statementSchema, signature });
const signedRequestSchema = z.strictObject({ statement: requestSchema, signature });

/** @throws `CTO_E_PLEDGE_INVALID` */
export function parseStatement(input: unknown): Signable {
  const parsed = signableSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new CTOError("CTO_E_PLEDGE_INVALID", { problems: problemsOf(parsed.error, "") });
}

type Circumstances = {
  readonly call: Call;
  readonly now: Date;
  /** Whether a statement of this wallet with this nonce has been counted for this call. */
  readonly isCounted: (statement: Statement) => boolean;
};

/**
 * Returns the statement if it counts. The journal must still refuse a second one with its nonce: two may arrive at
 * once.
 *
 * @throws `CTO_E_PLEDGE_INVALID`, `CTO_E_PLEDGE_OTHER_CALL`, `CTO_E_CALL_NOT_OPEN`, `CTO_E_PLEDGE_EXPIRED`,
 * `CTO_E_PLEDGE_OUT_OF_BOUNDS`, `CTO_E_PLEDGE_FORGED`, `CTO_E_PLEDGE_REPLAYED`
 */
export function verifyStatement(input: unknown, { call, now, isCounted }: Circumstances): Statement {
  const parsed = envelopeSchema.safeParse(input);
  if (!parsed.success) throw new CTOError("CTO_E_PLEDGE_INVALID", { problems: problemsOf(parsed.error, "") });
  const { statement, signature } = parsed.data;
  const { callId, opensAt, closesAt } = call.terms;
  const { kind } = statement;
  requireOwnCall(statement, call);
  if (now < call.opensAt)
    throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, kind, reason: `it opens at ${opensAt}` });
  if (now >= call.closesAt)
    throw new CTOError("CTO_E_CALL_NOT_OPEN", { callId, kind, reason: `it closed at ${closesAt}` });
  requireBounds(statement, call, now);
  const { wallet, nonce } = statement;
  if (!isSignedBy(statement, signature)) throw new CTOError("CTO_E_PLEDGE_FORGED", { wallet });
  if (isCounted(statement)) throw new CTOError("CTO_E_PLEDGE_REPLAYED", { wallet, nonce });
  return statement;
}

function requireOwnCall(statement: Statement, call: Call): void {
  const { callId } = call.terms;
  if (statement.callId !== callId || statement.termsHash !== call.termsHash)
    throw new CTOError("CTO_E_PLEDGE_OTHER_CALL", { callId });
}

function requireBounds(statement: Statement, call: Call, now: Date): void {
  if (now >= new Date(statement.expiresAt))
    throw new CTOError("CTO_E_PLEDGE_EXPIRED", { expiresAt: statement.expiresAt });
  const outside = whyOutside(statement, call);
  if (outside !== null) throw new CTOError("CTO_E_PLEDGE_OUT_OF_BOUNDS", { reason: outside });
}

/**
 * Refuses a statement that would be refused at any time from now on, before a wallet is asked to sign it.
 *
 * @throws `CTO_E_PLEDGE_OTHER_CALL`, `CTO_E_PLEDGE_EXPIRED`, `CTO_E_PLEDGE_OUT_OF_BOUNDS`
 */
export function requireWorthSigning(statement: Statement, call: Call, now: Date): void {
  requireOwnCall(statement, call);
  requireBounds(statement, call, now);
}

/**
 * Checks that a request comes from this wallet, and now: the wallet has signed it for this call alone, and it is valid for minutes. A
 * pledge is no such proof: it is signed long before, and others may have seen it.
 *
 * @param input `{ statement, signature }`, from anyone
 * @throws `CTO_E_MUSTER_NOT_PROVED`
 */
export function requireProof(
  wallet: Address,
  input: unknown,
  { call, now }: Pick<Circumstances, "call" | "now">,
): void {
  const unproved = (reason: string): CTOError => new CTOError("CTO_E_MUSTER_NOT_PROVED", { wallet, reason });
  if (input === undefined || input === null || isDeepStrictEqual(input, {}))
    throw unproved("it has not signed that it asks");
  const parsed = signedRequestSchema.safeParse(input);
  if (!parsed.success) throw unproved(problemsOf(parsed.error, "").join("; "));
  const { statement, signature } = parsed.data;
  if (statement.callId !== call.terms.callId || statement.termsHash !== call.termsHash)
    throw unproved("the request is for another call");
  if (statement.wallet !== wallet) throw unproved(`the request is of ${statement.wallet}`);
  const left = new Date(statement.expiresAt).getTime() - now.getTime();
  if (left <= 0) throw unproved(`the request expired at ${statement.expiresAt}`);
  if (left > REQUEST_AT_MOST_MS)
    throw unproved(`the request is valid for more than ${REQUEST_AT_MOST_MS / 60_000} minutes`);
  if (!isSignedBy(statement, signature)) throw unproved("it has not signed the request's text");
}

function whyOutside(statement: Statement, { walletLeast, walletMost, closesAt, terms }: Call): string | null {
  // A nonce must be kept until its statement expires, and nothing of a call outlives it.
  if (new Date(statement.expiresAt) > closesAt) return `it is valid beyond the deadline, ${terms.closesAt}`;
  if (statement.kind === "withdrawal") return null;
  const lamports = BigInt(statement.lamports);
  if (lamports < walletLeast) return `a wallet spends at least ${formatSol(walletLeast)} SOL`;
  if (lamports > walletMost) return `a wallet spends at most ${formatSol(walletMost)} SOL`;
  return null;
}

function isSignedBy(statement: Signable, signature: Signature): boolean {
  if (hasSmallOrder(statement.wallet)) return false;
  const text = new TextEncoder().encode(textOfStatement(statement));
  return verifyBytes(statement.wallet, text, Uint8Array.from(getBase58Encoder().encode(signature)));
}
