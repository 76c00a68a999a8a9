/**
 * Parses the terms of a call, and hashes their canonical JSON. The hash is published on chain, in a memo that the caller
 * signs (engine/calls/call-memo.ts). Terms that contradict themselves are refused.
 */
import { createHash } from "node:crypto";
import type { Lamports } from "@solana/kit";
import { type CanonicalValue, canonicalJson } from "../base/canonical-json.ts";
import { parseToken, problemsOf } from "../contract/parse.ts";
import { CTOError } from "../errors/index.ts";
import { contradictionOf } from "./contradictions.ts";
import { type Call, type Terms, termsSchema } from "./terms.ts";

const lamportsOf = (text: string): Lamports => BigInt(text) as Lamports;

export const hashOfTerms = (terms: Terms): string =>
  createHash("sha256")
    .update(canonicalJson(terms as CanonicalValue))
    .digest("hex");

/**
 * Parses terms, from JSON that anyone may have written.
 *
 * @throws `CTO_E_CALL_TERMS_INVALID`, `CTO_E_TOKEN_IS_WRAPPED_SOL`, `CTO_E_CALL_AMOUNTS_CONTRADICT`,
 * `CTO_E_CALL_TIMES_CONTRADICT`, `CTO_E_CALL_DISCLOSURE_CONTRADICTS`
 * @example
 * const { termsHash } = parseTerms(await request.json());
 */
export function parseTerms(input: unknown): Call {
  const parsed = termsSchema.safeParse(input);
  if (!parsed.success)
    throw new CTOError("CTO_E_CALL_TERMS_INVALID", { problems: problemsOf(parsed.error, "") });
  const terms = parsed.data;
  parseToken(terms.mint);
  const call: Call = {
    terms,
    termsHash: hashOfTerms(terms),
    leastLamports: lamportsOf(terms.leastLamports),
    mostLamports: lamportsOf(terms.mostLamports),
    walletLeast: lamportsOf(terms.perWallet.leastLamports),
    walletMost: lamportsOf(terms.perWallet.mostLamports),
    opensAt: new Date(terms.opensAt),
    closesAt: new Date(terms.closesAt),
  };
  const contradiction = contradictionOf(call);
  if (contradiction !== null) throw new CTOError(contradiction.code, { reason: contradiction.reason });
  return call;
}
