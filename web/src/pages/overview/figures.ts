/** Computes the overview's numbers from the API's answer. */
import type { DayOperation } from "../../api/types.ts";
import { isUnderWay } from "../../format/words.ts";

const HOURS = 24;
const HOUR_MS = 3_600_000;

export type Landing = { readonly landed: number; readonly legs: number; readonly percent: number | null };

/**
 * Counts only operations that are over. The legs of an operation that is under way, or needs a review, may still land.
 */
export function landingOf(operations: readonly DayOperation[]): Landing {
  const notCounted: readonly DayOperation["status"][] = ["cancelled", "needs_review"];
  const over = operations.filter(
    ({ status, legs }) => !isUnderWay(status) && !notCounted.includes(status) && legs > 0,
  );
  const legs = over.reduce((all, one) => all + one.legs, 0);
  const landed = over.reduce((all, one) => all + one.landed, 0);
  return { landed, legs, percent: legs === 0 ? null : (landed / legs) * 100 };
}

export type Hour = { readonly hour: number; readonly lamports: bigint };

/** Sums the spending in each of the 24 hours after `since`, by the time at which operations were accepted. */
export function spentByHour(operations: readonly DayOperation[], since: string): Hour[] {
  const from = Date.parse(since);
  const sums = Array.from({ length: HOURS }, () => 0n);
  for (const { createdAt, landedLamports } of operations) {
    const hour = Math.min(HOURS - 1, Math.max(0, Math.floor((Date.parse(createdAt) - from) / HOUR_MS)));
    sums[hour] = (sums[hour] ?? 0n) + BigInt(landedLamports);
  }
  return sums.map((lamports, hour) => ({ hour, lamports }));
}

/** Returns whole per cent, at most 100; null if there is no limit. */
export function shareOf(spent: string, limit: string | null): number | null {
  if (limit === null) return null;
  const most = BigInt(limit);
  if (most === 0n) return 100;
  return Number((BigInt(spent) * 100n) / most > 100n ? 100n : (BigInt(spent) * 100n) / most);
}
