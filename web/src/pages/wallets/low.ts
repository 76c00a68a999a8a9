/** When a wallet holds so little that the next operation would stumble over it. */
import type { Wallet } from "../../api/types.ts";

/** A funding wallet below this pays for few operations more: 0.1 SOL. */
const LOW_FUNDING_LAMPORTS = 100_000_000n;

/** Why its balance is too low, in words; null when it is not, or is not known. */
export function whyLow({ role, balance, disabled }: Wallet): string | null {
  if (balance === null || disabled) return null;
  const lamports = BigInt(balance.lamports);
  if (role === "funding" && lamports < LOW_FUNDING_LAMPORTS) return "Low, below 0.1 SOL";
  if (role === "buyer" && lamports === 0n) return "Empty: standard mode only";
  return null;
}
