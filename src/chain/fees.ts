/**
 * Chooses the priority price, in micro-lamports per compute unit. It follows the recent fees for writes to the same
 * accounts, between a floor and a hard cap. The cluster charges the *requested* units, so the cap is per transaction.
 */
import { z } from "zod";
import type { Address } from "../engine/ports.ts";
import { u64 } from "./answers.ts";
import { isUnsupported } from "./refusals.ts";
import type { Rpc } from "./rpc.ts";

export type FeeOptions = {
  /** Micro-lamports per compute unit, at least. Default 1,000. */
  readonly minComputeUnitPrice?: bigint;
  /** Lamports that one transaction may pay for priority, at most. Default 1,000,000 (0.001 SOL). */
  readonly maxPriorityFeeLamports?: bigint;
  /** The compute-unit limit that the cap's calculation uses. Default 1,400,000, the most that a transaction may request. */
  readonly unitsAtCap?: number;
};

const answer = z.array(z.object({ slot: u64, prioritizationFee: u64 })).max(1000);

/** The most addresses that `getRecentPrioritizationFees` accepts. */
const MAX_ADDRESSES = 128;

const METHOD = "getRecentPrioritizationFees";

/**
 * Reads the recent fees on the writable accounts of a transaction and returns a capped price. If the endpoint does not
 * support the method, the price is the floor: a low price can only delay a transaction.
 *
 * @param warn is called once if the endpoint does not support the method
 */
export function createPriceReader(
  rpc: Pick<Rpc, "call">,
  options: FeeOptions = {},
  warn: (text: string) => void = () => undefined,
): (writable: readonly Address[]) => Promise<bigint> {
  let hasWarned = false;
  return async (writable) => {
    const addresses = [...new Set(writable)].slice(0, MAX_ADDRESSES);
    const fees = await rpc.call<z.infer<typeof answer> | null>({
      method: METHOD,
      params: [addresses],
      schema: answer,
      settle: (error) => (isUnsupported(error) ? null : undefined),
    });
    if (fees === null && !hasWarned) {
      hasWarned = true;
      warn(`an RPC endpoint does not offer ${METHOD}: transactions pay the least priority price`);
    }
    return choosePrice(
      (fees ?? []).map(({ prioritizationFee }) => prioritizationFee),
      options,
    );
  };
}

/** The hard cap, in micro-lamports per compute unit. */
export const capOf = ({ maxPriorityFeeLamports = 1_000_000n, unitsAtCap = 1_400_000 }: FeeOptions): bigint =>
  (maxPriorityFeeLamports * 1_000_000n) / BigInt(unitsAtCap);

/**
 * The 75th percentile of recent fees, not below the floor and never above the cap.
 *
 * @example
 * choosePrice([0n, 10_000n, 20_000n, 90_000n]); // 20_000n
 */
export function choosePrice(recent: readonly bigint[], options: FeeOptions = {}): bigint {
  const { minComputeUnitPrice = 1000n } = options;
  const sorted = [...recent].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const p75 = sorted[Math.max(0, Math.ceil(sorted.length * 0.75) - 1)] ?? 0n;
  const cap = capOf(options);
  const wanted = p75 > minComputeUnitPrice ? p75 : minComputeUnitPrice;
  return wanted < cap ? wanted : cap;
}
