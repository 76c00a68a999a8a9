/** Decides which pledges count now, and which wallets hold enough for theirs. Pure. */

import { canBeEnough, type Goal, type Member, type Muster } from "../engine/calls/muster.ts";
import { createMuster, type Pledged } from "../engine/calls/muster-moves.ts";
import { rentExemption } from "../engine/cluster/cluster-facts.ts";
import type { Address, ClusterFacts, Lamports } from "../engine/ports.ts";
import type { Arrival } from "./arrivals.ts";
import type { Call } from "./terms.ts";

export type CountedPledge = Pledged & {
  readonly version: 0 | 1;
  readonly at: Date;
  readonly expiresAt: Date;
};

/**
 * Returns the pledges that count at this time, in the order in which they arrived. The last statement of a wallet
 * counts; a withdrawal takes its pledge back.
 *
 * @param arrivals in the order in which they arrived
 */
export function countedPledges(arrivals: readonly Arrival[], now: Date): CountedPledge[] {
  const last = new Map<Address, Arrival>(arrivals.map((arrival) => [arrival.statement.wallet, arrival]));
  return [...last.values()]
    .flatMap(({ statement, way, version, at }): CountedPledge[] => {
      const expiresAt = new Date(statement.expiresAt);
      if (statement.kind !== "pledge" || expiresAt <= now) return [];
      const lamports = BigInt(statement.lamports) as Lamports;
      return [{ wallet: statement.wallet, lamports, way, version, at, expiresAt }];
    })
    .sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** The bytes of the accounts that a buy may open: three token accounts with extensions, more than any venue needs. */
const OPENED_BYTES = [300, 300, 300];

/**
 * Returns what a wallet must hold so that its pledge counts as covered: the amount, the rents of accounts that a buy
 * may open, its own minimum, and the highest fee. It is more than most buys take; what is left over stays in the wallet.
 */
export const coverOf = (
  lamports: bigint,
  cluster: Pick<ClusterFacts, "lamportsPerByte">,
  mostFee: bigint,
): bigint =>
  [0, ...OPENED_BYTES].reduce((sum, bytes) => sum + rentExemption(cluster, bytes), lamports + mostFee);

function musterAt(call: Call, pledges: readonly CountedPledge[], now: Date): Muster {
  const endsAt = new Date(
    Math.min(now.getTime() + call.terms.musterSeconds * 1_000, call.closesAt.getTime()),
  );
  const goal: Goal = {
    leastLamports: call.leastLamports,
    mostLamports: call.mostLamports,
    leastWallets: call.terms.leastWallets,
    endsAt,
  };
  return createMuster(goal, pledges);
}

/**
 * Returns the members that sign of a muster of these pledges. Only they count towards the least: pledges may reach it together, and
 * not fit together into the most.
 */
export const signersIn = (call: Call, pledges: readonly CountedPledge[], now: Date): readonly Member[] =>
  musterAt(call, pledges, now).members.filter(({ way }) => way === "signs");

/** Returns the muster of these pledges; null if they do not reach the least. */
export function musterOf(call: Call, pledges: readonly CountedPledge[], now: Date): Muster | null {
  const muster = musterAt(call, pledges, now);
  return canBeEnough(muster) ? muster : null;
}
