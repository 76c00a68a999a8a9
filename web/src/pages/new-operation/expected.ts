/**
 * Makes an estimate agree with itself. An aggregator may promise a leg more than the leg's share of the quote for the
 * whole operation, and a wallet that gets at least so much does not get about less.
 */
import type { Estimate } from "../../api/types.ts";
import { sumUnits } from "../../format/sol.ts";

const larger = (one: string, other: string): string => (BigInt(one) < BigInt(other) ? other : one);

type Expected = Pick<Estimate, "totalTokens"> & {
  readonly legs: readonly Pick<Estimate["legs"][number], "tokensOut" | "minTokensOut">[];
};

export function expected<Of extends Expected>(estimate: Of): Of {
  const legs = estimate.legs.map((leg) => ({ ...leg, tokensOut: larger(leg.tokensOut, leg.minTokensOut) }));
  const sum = String(sumUnits(legs.map(({ tokensOut }) => tokensOut)));
  return { ...estimate, legs, totalTokens: larger(estimate.totalTokens, sum) };
}
