/**
 * Defines what a caller signs to start the muster of a call whose terms leave the beginning to the caller. It is no
 * transaction, and it counts once: a muster that goes back to pledging is started anew.
 */
import { getBase58Encoder, isSignature } from "@solana/kit";
import { z } from "zod";
import { hasSmallOrder } from "../base/small-order.ts";
import { problemsOf } from "../contract/parse.ts";
import { CALL_ID, TERMS_HASH } from "../engine/calls/call-memo.ts";
import { CTOError } from "../errors/index.ts";
import { verifyBytes } from "../wallets/keypair.ts";
import { addressSchema, type Call, secondSchema } from "./terms.ts";

const startSchema = z.strictObject({
  callId: z.string().regex(CALL_ID, "must be the id of a call"),
  termsHash: z.string().regex(TERMS_HASH, "must be the hash of a call's terms"),
  wallet: addressSchema,
  expiresAt: secondSchema,
  /** Distinguishes the starts of one call; each counts once. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "must be 16 to 64 letters, digits, - or _"),
});

export type Start = z.output<typeof startSchema>;

const envelopeSchema = z.strictObject({
  start: startSchema,
  /** Of the start's text, base58. */
  signature: z.string().refine((text): boolean => isSignature(text), "must be 64 bytes in base58"),
});

/** How long a start may be valid, ms: whoever has seen an old one cannot use it. */
export const START_AT_MOST_MS = 15 * 60_000;

/** The most texts of one call that a caller may bring. */
export const STARTS_AT_MOST = 100;

/** Returns the text to sign: printable ASCII and line feeds, so that every wallet can show it. */
export const textOfStart = ({ callId, termsHash, wallet, expiresAt, nonce }: Start): string =>
  [
    "I start the muster of this call: its members are asked to sign.",
    "This message is no transaction. It moves no money, and gives nobody the right to move any.",
    "",
    `Call: ${callId}`,
    `Terms (SHA-256): ${termsHash}`,
    `Wallet: ${wallet}`,
    `Valid until: ${expiresAt}`,
    `Nonce: ${nonce}`,
  ].join("\n");

/**
 * Returns the start if the caller's wallet has signed it for this call, and it is valid now.
 *
 * @param input `{ start, signature }`, from anyone
 * @throws `CTO_E_CALL_START_REFUSED`
 */
export function verifyStart(input: unknown, { terms, termsHash, opensAt, closesAt }: Call, now: Date): Start {
  const { callId, caller } = terms;
  const refused = (reason: string): CTOError => new CTOError("CTO_E_CALL_START_REFUSED", { callId, reason });
  const parsed = envelopeSchema.safeParse(input);
  if (!parsed.success) throw refused(problemsOf(parsed.error, "").join("; "));
  const { start, signature } = parsed.data;
  if (start.callId !== callId || start.termsHash !== termsHash) throw refused("it is for another call");
  if (start.wallet !== caller.wallet) throw refused(`${start.wallet} is not the caller's wallet`);
  const expiresAt = new Date(start.expiresAt);
  if (now >= expiresAt || expiresAt > closesAt)
    throw refused(`it has expired, or is valid beyond the deadline, ${terms.closesAt}`);
  if (expiresAt.getTime() > now.getTime() + START_AT_MOST_MS)
    throw refused(`it is valid for more than ${START_AT_MOST_MS / 60_000} minutes`);
  if (now < opensAt || now >= closesAt)
    throw refused(`the call is open from ${terms.opensAt} to ${terms.closesAt}`);
  const text = new TextEncoder().encode(textOfStart(start));
  const bytes = Uint8Array.from(getBase58Encoder().encode(signature));
  if (hasSmallOrder(start.wallet) || !verifyBytes(start.wallet, text, bytes))
    throw refused(`${start.wallet} has not signed its text`);
  return start;
}
