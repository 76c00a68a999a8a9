/**
 * Bounds how many wallets a call keeps statements of. Anyone can create wallets by the thousand, and every look reads
 * the balances of all that have pledged. A wallet that is known not to count makes room for a new one. Pure.
 */
import type { Address } from "../engine/ports.ts";
import type { CallRecord } from "./call-record.ts";
import type { Arrival } from "./call-store.ts";
import { countedPledges } from "./pledges.ts";
import { WALLETS_AT_MOST } from "./terms.ts";

/** The most wallets with statements of one call: twice the members of the largest muster, as some hold too little. */
export const SEATS = 2 * WALLETS_AT_MOST;

export type Seat =
  /** There is room, or the wallet has its seat already. */
  | { readonly kind: "free" }
  /** The statements of this wallet make room: it has no pledge that counts, or was seen to hold too little for it. */
  | { readonly kind: "instead"; readonly of: Address }
  | { readonly kind: "full" };

/**
 * @param arrivals in the order in which they arrived
 * @param seats how many there are
 */
export function seatFor(
  wallet: Address,
  arrivals: readonly Arrival[],
  { cover }: Pick<CallRecord, "cover">,
  { now, seats = SEATS }: { readonly now: Date; readonly seats?: number },
): Seat {
  const seated = new Set(arrivals.map(({ statement }) => statement.wallet));
  if (seated.has(wallet) || seated.size < seats) return { kind: "free" };
  const counted = new Set(countedPledges(arrivals, now).map((pledge) => pledge.wallet));
  const uncovered = new Set(cover?.uncovered);
  for (const one of seated) if (!counted.has(one) || uncovered.has(one)) return { kind: "instead", of: one };
  return { kind: "full" };
}
