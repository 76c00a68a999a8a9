/** Formats exact lamports for people. */

/** The lamports of one SOL. */
export const LAMPORTS_PER_SOL = 1_000_000_000n;

/** The largest amount of SOL in a setting or a limit. A larger one is an amount of lamports by mistake, and would limit nothing. */
export const MOST_SOL = 1_000_000n;

/** Formats lamports as decimal SOL, without trailing zeros. */
export function formatSol(amount: bigint): string {
  const whole = amount / LAMPORTS_PER_SOL;
  const fraction = String(amount % LAMPORTS_PER_SOL)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}
