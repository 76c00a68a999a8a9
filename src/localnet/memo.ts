/** Formats memos as agave lists them with a signature: `[length in bytes] text`, several joined by `; `. */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import { isMemoProgram } from "./programs.ts";
import type { WireInstruction } from "./wire.ts";

/** The text of a memo's data, or null if it is not UTF-8. */
export const memoText = (data: ReadonlyUint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(data));
  } catch {
    return null;
  }
};

/**
 * The memo column of `getSignaturesForAddress`. Only top-level instructions count, as in agave's `extract_memos`.
 *
 * @example
 * formatMemos(keys, instructions) // "[11] hello world; [2] hi", or null without a memo
 */
export const formatMemos = (
  keys: readonly Address[],
  instructions: readonly WireInstruction[],
): string | null => {
  const memos = instructions
    .filter(({ programIndex }) => isMemoProgram(keys[programIndex] ?? ""))
    .map(({ data }) => `[${data.length}] ${memoText(data) ?? "(unparseable)"}`);
  return memos.length === 0 ? null : memos.join("; ");
};
