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
    .option(
      "--max-impact-bps <n>",
      "the most that the operation may lose to its own price impact and to the mint's transfer fee",
      integer(0, 10_000),
    )
    .option("--max-price <sol>", "the most SOL that a whole token may cost, fees included, like 0.00000005")
    .option(
      "--max-deviation-bps <n>",
      "how much more expensive a market may be than the price that it is compared with; 300 unless given or limited",
      integer(0, 1_000_000),
    )
    .option(
      "--max-transfer-fee-bps <n>",
      "the highest transfer fee that the mint may take; 1000 unless given",
      integer(0, 10_000),
    );

/** Converts the options to the library's names. */
export const priceOptions = (given: PriceOptions): EnqueueOptions => ({
  ...(given.maxImpactBps !== undefined ? { maxPriceImpactBps: given.maxImpactBps } : {}),
  ...(given.maxPrice !== undefined ? { maxPrice: given.maxPrice } : {}),
  ...(given.maxDeviationBps !== undefined ? { maxPriceDeviationBps: given.maxDeviationBps } : {}),
  ...(given.maxTransferFeeBps !== undefined ? { maxTransferFeeBps: given.maxTransferFeeBps } : {}),
});
