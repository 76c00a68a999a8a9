/** The market that all processes buy in. Somebody moves its price, in steps that no slippage covers, and in small ones. */
import type { Faults } from "./faults.ts";
import type { Trace } from "./trace.ts";

/** Token base units for a lamport in the beginning. */
const PRICE = 1_000n;

/** Of the price in the beginning: how many tokens are given, in per cent. */
const MOVES = [3, 40, 94, 97, 100, 103, 250] as const;

/** How much less than quoted a buy accepts, per cent. */
const SLIPPAGE = 5n;

export type SimMarket = {
  /** What that many lamports buy now. It may have moved since it was last asked. */
  tokensFor(lamports: bigint): bigint;
  /** The least that is accepted, of a quote. */
  leastOf(tokens: bigint): bigint;
  /** Told that the market is opened: time has passed. */
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
