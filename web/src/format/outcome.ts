/**
 * Computes an operation's progress bar: from its phases while it runs, and from the wallets that bought after it has
 * ended.
 */
import type { OperationStatus } from "../api/types.ts";
import { isUnderWay, OPERATION_WORDS, type Tone } from "./words.ts";

type Standing = {
  readonly status: OperationStatus;
  readonly progress: number;
  readonly partial: boolean;
  readonly legs: number;
  readonly landed: number;
};

export type Outcome = { readonly percent: number; readonly text: string; readonly tone: Tone };

/** The bar of an operation that bought nothing stays empty. */
export function outcomeOf({ status, progress, partial, legs, landed }: Standing): Outcome {
  const share = legs === 0 ? 0 : Math.round((landed / legs) * 100);
  const text =
    legs === 0 ? (isUnderWay(status) ? `${progress} %` : "none landed") : `${landed} of ${legs} landed`;
  // While it runs, the bar shows its phases: the text names both, or an operation at 70 % would say "0 of 4".
  if (isUnderWay(status))
    return {
      percent: progress,
      text: legs === 0 ? text : `${progress} %, ${landed} of ${legs}`,
      tone: "busy",
    };
  return { percent: share, text, tone: partial ? "warn" : OPERATION_WORDS[status].tone };
}
