/**
 * Looks at what pledging wallets hold, and at the powers of the mint. The record keeps the answer, so that every server
 * shows which pledges are covered without a read of its own.
 */
import type { Address, Ports, Survey } from "../engine/ports.ts";
import type { Cover } from "./call-record.ts";
import { type CountedPledge, coverOf } from "./pledges.ts";
import type { MintPower } from "./terms.ts";

export type CoverLook = {
  /** The pledges that are covered, in their order. */
  readonly covered: readonly CountedPledge[];
  readonly cover: Cover;
  readonly powers: readonly MintPower[];
};

type Look = {
  readonly ports: Pick<Ports, "venues">;
  /** The highest fee that a transaction may have, lamports. */
  readonly mostFee: bigint;
  readonly powersIn: (survey: Survey) => readonly MintPower[];
};

/** Reads the balances in batches. @throws `CTO_E_RPC_UNAVAILABLE`, and the refusals of the mint */
export async function lookAtCover(
  { ports, mostFee, powersIn }: Look,
  mint: Address,
  pledges: readonly CountedPledge[],
): Promise<CoverLook> {
  const wallets = pledges.map(({ wallet }) => wallet);
  const survey = await ports.venues.survey(mint, wallets);
  const { owners, cluster } = survey;
  const covered = pledges.filter(
    ({ wallet, lamports }) => (owners.get(wallet)?.lamports ?? 0n) >= coverOf(lamports, cluster, mostFee),
  );
  const held = new Set(covered.map(({ wallet }) => wallet));
  const cover = { covered: [...held], uncovered: wallets.filter((wallet) => !held.has(wallet)) };
  return { covered, cover, powers: powersIn(survey) };
}

/** After new pledges, the next look comes this much later, ms. */
const SOON_MS = 2_000;
/** Without new pledges, ms: a wallet may be funded or emptied. */
const LATER_MS = 10_000;
/**
 * A look reads the balances of all that have pledged, and pledges cost nothing. So the pause grows with their number,
 * ms: however many there are, looks take the same share of what may be asked of the endpoints.
 */
const MS_PER_PLEDGE = 5;

/** Decides when the balances are read again. */
export function createCoverRhythm() {
  let last: { readonly pledges: string; readonly at: number } | null = null;
  const keyOf = (pledges: readonly CountedPledge[]): string =>
    pledges.map(({ wallet, lamports }) => `${wallet} ${lamports}`).join("\n");
  return {
    isDue(pledges: readonly CountedPledge[], now: Date): boolean {
      if (last === null) return true;
      const leastMs = keyOf(pledges) === last.pledges ? LATER_MS : SOON_MS;
      const pauseMs = Math.max(leastMs, pledges.length * MS_PER_PLEDGE);
      return now.getTime() - last.at >= pauseMs;
    },
    looked(pledges: readonly CountedPledge[], now: Date): void {
      last = { pledges: keyOf(pledges), at: now.getTime() };
    },
  };
}
export type CoverRhythm = ReturnType<typeof createCoverRhythm>;
