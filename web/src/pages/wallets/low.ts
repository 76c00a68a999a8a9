/** Decides whether a wallet's balance is too low for the next operation. */
import type { Wallet } from "../../api/types.ts";

/** A funding wallet with less can pay for only a few more operations: 0.1 SOL. */
const LOW_FUNDING_LAMPORTS = 100_000_000n;

/** Returns why the balance is too low, in words; null if it is sufficient or unknown. */
export function whyLow({ role, balance, disabled }: Wallet): string | null {
  if (balance === null || disabled) return null;
  const lamports = BigInt(balance.lamports);
  if (role === "funding" && lamports < LOW_FUNDING_LAMPORTS) return "Low, below 0.1 SOL";
  if (role === "buyer" && lamports === 0n) return "No SOL: standard mode only";
  return null;
}
