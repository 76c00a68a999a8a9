/** Tells a sweep from a buy. A sweep returns SOL, so it names wrapped SOL, which no operation may buy. */
import type { OperationStatus, Step } from "../api/types.ts";
import type { Outcome } from "./outcome.ts";
import { hasLanded, isUnderWay, OPERATION_WORDS } from "./words.ts";

export const WRAPPED_SOL = "So11111111111111111111111111111111111111112";

export const isSweep = ({ tokenAddress }: { readonly tokenAddress: string }): boolean =>
  tokenAddress === WRAPPED_SOL;

/** Counts the returns of a sweep: those that landed, of all. */
export const returnsOf = (
  steps: readonly Pick<Step, "kind" | "status">[],
): { landed: number; all: number } => {
  const returns = steps.filter(({ kind }) => kind === "recover");
  return { landed: returns.filter(({ status }) => hasLanded(status)).length, all: returns.length };
};

/** The bar of a sweep: nothing is bought, so the count of buys says nothing about it. */
export function sweepOutcome(
  status: OperationStatus,
  progress: number,
  returns: { landed: number; all: number },
): Outcome {
  const over = !isUnderWay(status);
  const text = returns.all === 0 ? "none returned" : `${returns.landed} of ${returns.all} returned`;
  const share = returns.all === 0 ? 0 : Math.round((returns.landed / returns.all) * 100);
  return { percent: over ? share : progress, text, tone: over ? OPERATION_WORDS[status].tone : "busy" };
}
