/** Finds out whether an attempt that failed on chain has cost its fee. Under SIMD-0290 it may have cost nothing. */
import { isUnknown } from "../../errors/index.ts";
import type { Attempt, ChainTransaction, Evidence } from "../ports.ts";
import { type Effects, readEffect } from "../transaction/read-effect.ts";
import { failedAt } from "./step.ts";

/**
 * Whether the status leaves it open. A payer whose fee would take it below its rent-exempt minimum has paid nothing, and
 * one whose transaction would have done so has paid its fee. Both have the same error.
 */
const leavesOpen = ({ signature }: Pick<Attempt, "signature">, evidences: readonly Evidence[]): boolean =>
  evidences.some(({ statuses }) => {
    const error = statuses.get(signature)?.failure?.error;
    return typeof error === "object" && error !== null && "InsufficientFundsForRent" in error;
  });

const isUnpaid = ({ changes }: ChainTransaction): boolean =>
  changes.every(({ before, after }) => before === after);

/**
 * Returns the slot in which this attempt failed and cost its fee; undefined if it did not fail on chain, or cost
 * nothing. Where the status leaves it open, the balances of the transaction decide. If no endpoint returns them, or they
 * differ, we count the fee.
 */
export async function feeSlotOf(
  chain: Effects,
  attempt: Pick<Attempt, "signature">,
  evidences: readonly Evidence[],
): Promise<bigint | undefined> {
  const slot = failedAt(attempt, evidences);
  if (slot === undefined || !leavesOpen(attempt, evidences)) return slot;
  const found = await readEffect(chain, attempt.signature).catch((error: unknown) => {
    if (!isUnknown(error)) throw error;
    return null;
  });
  return found !== null && isUnpaid(found) ? undefined : slot;
}
