/**
 * Bounds the sales that a call's record, its page and its receipt list. A caller may send the token away in transactions without
 * number, so the largest are kept: small ones cannot crowd out a large one. Pure.
 */
import type { CallRecord, CallSale } from "./call-record.ts";

/** The most sales that are listed. A verifier reads the transaction of each. */
export const SALES_AT_MOST = 200;

type Listed = Pick<CallRecord, "sales" | "salesLeftOff">;

/** More tokens first; of equal ones the earlier, so that every process keeps the same. */
const bySize = (one: CallSale, other: CallSale): number => {
  if (one.tokens !== other.tokens) return one.tokens > other.tokens ? -1 : 1;
  if (one.slot !== other.slot) return one.slot < other.slot ? -1 : 1;
  return one.signature < other.signature ? -1 : 1;
};

/** Adds sales that are not listed. What is left off is no larger than any that is listed. */
export function withSales({ sales, salesLeftOff }: Listed, news: readonly CallSale[]): Listed {
  const all = [...sales, ...news];
  if (all.length <= SALES_AT_MOST) return { sales: all, salesLeftOff };
  const largest = new Set(all.toSorted(bySize).slice(0, SALES_AT_MOST));
  return { sales: all.filter((sale) => largest.has(sale)), salesLeftOff: true };
}
