/**
 * Writes and reads the memo that publishes a call's terms: `cto:1:<callId>:call:<hash>`. The caller signs it. Whoever
 * has the terms can check that they are the published ones.
 */
import { CTOError } from "../../errors/index.ts";

export type CallMemo = {
  readonly callId: string;
  /** SHA-256 of the terms' canonical JSON, 64 lower-case hexadecimal digits. */
  readonly termsHash: string;
};

/** A call's id. It has the form of an operation's id, because the call's operation has the same one. */
export const CALL_ID = /^[A-Za-z0-9_-]{1,64}$/;
export const TERMS_HASH = /^[0-9a-f]{64}$/;
const MEMO = /^cto:1:([^:]*):call:([^:]*)$/;

/**
 * @throws `CTO_E_INTERNAL` if {@link parseCallMemo} cannot read the memo back
 * @example
 * formatCallMemo({ callId: "call1", termsHash }); // "cto:1:call1:call:5e88…"
 */
export function formatCallMemo({ callId, termsHash }: CallMemo): string {
  const text = `cto:1:${callId}:call:${termsHash}`;
  if (parseCallMemo(text) === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: `"${text}" is not a memo` });
  return text;
}

/** Parses a memo; null if the text is not exactly a call's. */
export function parseCallMemo(text: string): CallMemo | null {
  const [, callId = "", termsHash = ""] = MEMO.exec(text) ?? [];
  return CALL_ID.test(callId) && TERMS_HASH.test(termsHash) ? { callId, termsHash } : null;
}
