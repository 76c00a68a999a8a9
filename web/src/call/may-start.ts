/** Decides what the page tells the caller of a call whose muster the caller starts. The server decides it again. */
import { plural, solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";

type Started = Pick<ShownCall, "status" | "pledges"> & {
  readonly terms: Pick<ShownCall["terms"], "startedBy" | "leastLamports" | "leastWallets"> & {
    readonly caller: { readonly wallet: string };
  };
};

/** Whether this wallet may start the muster, now or once the least is reached. */
export const isStarter = ({ status, terms }: Started, wallet: string): boolean =>
  status === "open" && terms.startedBy === "caller" && terms.caller.wallet === wallet;

/** Says what is missing; null: covered pledges of wallets that sign reach the least. */
export function whyNotStart({ terms, pledges }: Started): string | null {
  const counted = pledges.filter(({ covered, way }) => covered === true && way === "signs");
  const lamports = counted.reduce((sum, one) => sum + BigInt(one.lamports), 0n);
  if (counted.length >= terms.leastWallets && lamports >= BigInt(terms.leastLamports)) return null;
  return `You can start it once covered pledges reach the least: ${solOf(String(lamports))} of ${plural(counted.length, "wallet")} so far.`;
}
