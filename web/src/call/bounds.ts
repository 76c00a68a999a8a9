/** Checks a typed amount against the terms, before a wallet is asked. The server checks it again. */
import { solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";

/** Says why an amount cannot be pledged; null if it can. */
export function whyNotAmount(
  { terms: { perWallet } }: { readonly terms: Pick<ShownCall["terms"], "perWallet"> },
  lamports: bigint | null,
): string | null {
  if (lamports === null) return "Write an amount of SOL, such as 1.5.";
  const { leastLamports, mostLamports } = perWallet;
  if (lamports < BigInt(leastLamports)) return `A wallet spends at least ${solOf(leastLamports)}.`;
  if (lamports > BigInt(mostLamports)) return `A wallet spends at most ${solOf(mostLamports)}.`;
  return null;
}
