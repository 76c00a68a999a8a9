/** Counts what a call's pledges reach of its least, and formats amounts and moments. */
import { html } from "ghtml";
import { formatSol } from "../../base/sol.ts";
import type { ShownCall, ShownPledge, ShownSum } from "./shown-call.ts";

export const solOf = (lamports: string): string => `${formatSol(BigInt(lamports))} SOL`;

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

export const short = (address: string): string => `${address.slice(0, 4)}…${address.slice(-4)}`;

export const momentOf = (iso: string): string =>
  html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;

/** The browser writes the time that is left into it. Without JavaScript it stays empty beside the moment itself. */
export const countdownTo = (iso: string): string => html`<span class="left" data-until="${iso}"></span>`;

const sumOf = (pledges: readonly ShownPledge[]): ShownSum => ({
  wallets: pledges.length,
  lamports: String(pledges.reduce((sum, { lamports }) => sum + BigInt(lamports), 0n)),
});

export type Reached = {
  /** Covered pledges of wallets that sign, as many as fit into the most: they count towards the least. */
  readonly counts: ShownSum;
  /** Covered pledges of wallets that sign that do not fit into the most beside those before them. */
  readonly beyond: ShownSum;
  /** The wallet did not hold enough at the last look. */
  readonly uncovered: ShownSum;
  /** Nobody has looked at the wallet since its pledge. */
  readonly unseen: ShownSum;
  /** Covered, but the wallet can only sign and send. */
  readonly sends: ShownSum;
};

export function reachedBy({ pledges, pledged: { fits } }: Pick<ShownCall, "pledges" | "pledged">): Reached {
  const covered = pledges.filter((pledge) => pledge.covered === true);
  const signs = sumOf(covered.filter(({ way }) => way === "signs"));
  return {
    counts: fits,
    beyond: {
      wallets: signs.wallets - fits.wallets,
      lamports: String(BigInt(signs.lamports) - BigInt(fits.lamports)),
    },
    uncovered: sumOf(pledges.filter((pledge) => pledge.covered === false)),
    unseen: sumOf(pledges.filter((pledge) => pledge.covered === null)),
    sends: sumOf(covered.filter(({ way }) => way === "sends")),
  };
}

/** Returns how far `part` is towards `whole`, in thousandths, rounded down so that only all of it looks whole. */
export const thousandths = (part: string | number, whole: string | number): number => {
  const share = (BigInt(part) * 1_000n) / BigInt(whole);
  return Number(share > 1_000n ? 1_000n : share);
};
