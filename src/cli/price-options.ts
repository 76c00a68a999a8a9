/** Defines the options that limit the price, for every command that takes a request to buy. */
import type { Command } from "commander";
import type { EnqueueOptions } from "../contract/types.ts";
import { integer } from "./numbers.ts";

export type PriceOptions = {
  maxImpactBps?: number;
  maxPrice?: string;
  maxDeviationBps?: number;
  maxTransferFeeBps?: number;
};

export const addPriceOptions = (command: Command): Command =>
  command
    .option("--max-impact-bps <n>", "the most that the operation may move the price", integer(0, 10_000))
    .option("--max-price <sol>", "the most that a whole token may cost, like 0.00000005")
    .option(
      "--max-deviation-bps <n>",
      "how much dearer a pool that anyone can open, or the aggregator, may be than its second source",
      integer(0, 1_000_000),
    )
    .option(
      "--max-transfer-fee-bps <n>",
      "the most that the mint may take of every transfer; 1000 unless given",
      integer(0, 10_000),
    );

/** Converts the options to the library's names. */
export const priceOptions = (given: PriceOptions): EnqueueOptions => ({
  ...(given.maxImpactBps !== undefined ? { maxPriceImpactBps: given.maxImpactBps } : {}),
  ...(given.maxPrice !== undefined ? { maxPrice: given.maxPrice } : {}),
  ...(given.maxDeviationBps !== undefined ? { maxPriceDeviationBps: given.maxDeviationBps } : {}),
  ...(given.maxTransferFeeBps !== undefined ? { maxTransferFeeBps: given.maxTransferFeeBps } : {}),
});
