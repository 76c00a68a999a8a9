/** Decides what the page tells the caller of a call whose muster the caller starts. The server decides it again. */
import { plural, solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";

type Started = Pick<ShownCall, "status"> & {
  readonly pledged: Pick<ShownCall["pledged"], "fits">;
  readonly terms: Pick<ShownCall["terms"], "startedBy" | "leastLamports" | "leastWallets"> & {
    readonly caller: { readonly wallet: string };
  };
};

/** Whether this wallet may start the muster, now or once the least is reached. */
export const isStarter = ({ status, terms }: Started, wallet: string): boolean =>
  status === "open" && terms.startedBy === "caller" && terms.caller.wallet === wallet;

/** Says what is missing; null: covered pledges of wallets that sign reach the least. */
export function whyNotStart({ terms, pledged: { fits } }: Started): string | null {
  const { wallets, lamports } = fits;
  if (wallets >= terms.leastWallets && BigInt(lamports) >= BigInt(terms.leastLamports)) return null;
  return `You can start it once covered pledges that fit into the most reach the least: ${solOf(lamports)} of ${plural(wallets, "wallet")} so far.`;
}
