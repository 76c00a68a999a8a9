/**
 * Bounds how many wallets a call keeps statements of, and how many each of them may make. Anyone can create wallets by
 * the thousand, and every look reads the balances of all that have pledged. A wallet that is known not to count makes
 * room for a new one. Pure.
 */
import type { Address } from "../engine/ports.ts";
import type { Arrival, Stated } from "./arrivals.ts";
import type { CallRecord } from "./call-record.ts";
import type { Statement } from "./pledge.ts";
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

/** The most statements of a wallet that was seen to hold enough for its pledge, and of any other. */
const STATEMENTS = { covered: 20, other: 5 } as const;

export const statementsAtMost = (wallet: Address, { cover }: Pick<CallRecord, "cover">): number =>
  cover?.covered.includes(wallet) === true ? STATEMENTS.covered : STATEMENTS.other;

/**
 * Whether a wallet may make this statement after those that it has made. A pledge that stands may always be withdrawn: after its
 * withdrawal, the bound holds again.
 */
export const mayState = (
  { wallet, kind }: Pick<Statement, "wallet" | "kind">,
  { last, nonces }: Stated,
  record: Pick<CallRecord, "cover">,
): boolean =>
  (kind === "withdrawal" && last === "pledge") || nonces.length < statementsAtMost(wallet, record);
