/** When a wallet holds so little that the next operation would stumble over it. */
import type { Wallet } from "../../api/types.ts";

/** A funding wallet below this pays for few operations more: 0.1 SOL. */
const LOW_FUNDING_LAMPORTS = 100_000_000n;
/** An account below this cannot exist on chain, so that a prefunded wallet cannot buy from it. */
const RENT_EXEMPT_LAMPORTS = 890_880n;

/** Why its balance is too low, in words; null when it is not, or is not known. */
export function whyLow({ role, balance, disabled }: Wallet): string | null {
  if (balance === null || disabled) return null;
  const lamports = BigInt(balance.lamports);
  if (role === "funding" && lamports < LOW_FUNDING_LAMPORTS) return "Low, below 0.1 SOL";
  if (role === "buyer" && lamports < RENT_EXEMPT_LAMPORTS) return "Empty: standard mode only";
  return null;
}
