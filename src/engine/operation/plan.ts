/** Turns an amount and a list of wallets into legs. Amounts follow a stated rule; nothing here is random. */
import { CTOError } from "../../errors/index.ts";
import type { Lamports, LeftOut, OperationRequest } from "../ports.ts";

/**
 * Divides `total` lamports over `weights.length` legs, exactly.
 *
 * Leg i gets `floor(total x weight_i / sum of weights)`. The lamports that remain after rounding down (fewer than
 * there are legs) go one each to the first legs. The sum of the shares is therefore always `total`, and the same
 * input always gives the same shares.
 *
 * @param weights positive integers; all ones for equal shares
 * @throws `CTO_E_AMOUNT_TOO_SMALL` if some leg would get nothing
 * @example
 * shareLamports(lamports(10n), [1, 1, 1]); // 4n, 3n, 3n
 */
export function shareLamports(total: Lamports, weights: readonly number[]): Lamports[] {
  const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
  if (sum === 0n)
    throw new CTOError("CTO_E_AMOUNT_TOO_SMALL", { lamports: String(total), legs: weights.length });
  const shares = weights.map((weight) => (total * BigInt(weight)) / sum);
  let remainder = total - shares.reduce((all, share) => all + share, 0n);
  const exact = shares.map((share) => {
    if (remainder === 0n) return share;
    remainder -= 1n;
    return share + 1n;
  });
  if (exact.some((share) => share <= 0n)) {
    throw new CTOError("CTO_E_AMOUNT_TOO_SMALL", { lamports: String(total), legs: weights.length });
  }
  return exact as Lamports[];
}

/**
 * Returns the lamports that the legs share: the whole amount, also if wallets are left out. The retry of legs is an
 * exception. Its weights are the lamports that its wallets had, and each wallet keeps its own. What a wallet that is
 * left out had is then not spent.
 */
export function lamportsToShare(
  { buyLamports, weights, retry }: Pick<OperationRequest, "buyLamports" | "weights" | "retry">,
  leftOut: readonly Pick<LeftOut, "place">[],
): Lamports {
  if (weights === undefined || retry === undefined || retry.leastTokens.length === 0) return buyLamports;
  const places = new Set(leftOut.map(({ place }) => place));
  const kept = weights.filter((_, at) => !places.has(at + 1));
  return kept.reduce((sum, weight) => sum + BigInt(weight), 0n) as Lamports;
}
