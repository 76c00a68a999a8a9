/**
 * Adds up the fewest tokens that the legs of a retry accept, and those that the same legs accepted in the operation that
 * it repeats.
 */
import type { Leg } from "../api/types.ts";
import { sumUnits } from "./sol.ts";

/** Returns null if the operation is no retry, or if its market is not open yet. */
export function anchorsOf(
  legs: readonly Pick<Leg, "leastTokens" | "previousLeastTokens">[],
): { readonly now: string; readonly before: string } | null {
  const known = legs.filter((leg) => leg.leastTokens !== null && leg.previousLeastTokens !== null);
  if (known.length === 0) return null;
  return {
    now: String(sumUnits(known.map(({ leastTokens }) => leastTokens))),
    before: String(sumUnits(known.map(({ previousLeastTokens }) => previousLeastTokens))),
  };
}
