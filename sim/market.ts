/**
 * Simulates the market of all processes. A fault changes its price: some changes are within the slippage, others exceed
 * it.
 */
import type { Faults } from "./faults.ts";
import type { Trace } from "./trace.ts";

/** The initial price: token base units per lamport. */
const PRICE = 1_000n;

/** The possible amounts of tokens per lamport, in per cent of the initial amount. */
const MOVES = [3, 40, 94, 97, 100, 103, 250] as const;

/** A buy accepts at most this much less than the quote, per cent. */
const SLIPPAGE = 5n;

export type SimMarket = {
  /** Returns the tokens for this many lamports at the current price. The price may have changed since the last call. */
  tokensFor(lamports: bigint): bigint;
  /** Returns the fewest tokens that a buy accepts for this quote. */
  leastOf(tokens: bigint): bigint;
  /** Called when a process opens the market. The price may change here, because time has passed. */
  open(): void;
};

export function createSimMarket(faults: Faults, trace: Trace): SimMarket {
  let percent = 100n;
  return {
    tokensFor: (lamports) => (lamports * PRICE * percent) / 100n,
    leastOf: (tokens) => (tokens * (100n - SLIPPAGE)) / 100n,
    open() {
      if (!faults.strikes("price moves")) return;
      percent = BigInt(faults.shape("price moves").pick(MOVES));
      trace.note("market", `gives ${percent} % of the tokens`);
    },
  };
}
