/** Implements `getRecentPrioritizationFees`: the lowest price of a transaction in each recent block. */
import type { Address } from "@solana/kit";
import type { Cluster } from "../cluster.ts";
import { type ExecutedTransaction, priceOf } from "../execution.ts";

/** Agave returns at most this many recent slots. */
const RECENT_SLOTS = 150;

const concerns = ({ writable }: ExecutedTransaction, addresses: readonly Address[]): boolean =>
  addresses.length === 0 || addresses.some((address) => writable.includes(address));

/**
 * Micro-lamports per compute unit for each slot, oldest first; 0 for a slot without a transaction that writes to the
 * addresses.
 */
export const recentFees = (cluster: Cluster, addresses: readonly Address[]) =>
  cluster.ledger
    .recentBlocks(RECENT_SLOTS)
    .reverse()
    .map(({ slot, signatures }) => {
      const prices = signatures
        .map((signature) => cluster.ledger.transaction(signature))
        .filter((transaction) => transaction !== null)
        .filter((transaction) => concerns(transaction, addresses))
        .map(priceOf);
      const least = prices.reduce<bigint | null>(
        (min, price) => (min === null || price < min ? price : min),
        null,
      );
      return { slot, prioritizationFee: least ?? 0n };
    });
