/** The arithmetic of spending limits, which every journal shares: what a reservation asks for beside what there is. */
import type { Overspending, Reservation, SpendingCaps } from "../engine/ports.ts";

export const DAY_MS = 24 * 60 * 60 * 1_000;

export type Held = {
  /** Of the last 24 hours, all wallets. */
  readonly dayLamports: bigint;
  /** Ever, by wallet id. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** What these very steps hold already, by step id. */
  readonly steps: ReadonlyMap<string, bigint>;
};

/** Null when the reservations pass. A step that asks for no more than it holds passes whatever the limits are by now. */
export const overspending = (
  reservations: readonly Reservation[],
  { userDayLamports, walletLifetimeLamports }: SpendingCaps,
  held: Held,
): Overspending | null => {
  let more = 0n;
  const perWallet = new Map<string, bigint>();
  for (const { stepId, walletId, lamports } of reservations) {
    const extra = lamports - (held.steps.get(stepId) ?? 0n);
    if (extra <= 0n) continue;
    more += extra;
    perWallet.set(walletId, (perWallet.get(walletId) ?? 0n) + extra);
  }
  if (userDayLamports !== null && more > 0n && held.dayLamports + more > userDayLamports) {
    return { limit: "userDay", allowed: userDayLamports, spent: held.dayLamports, asked: more };
  }
  if (walletLifetimeLamports === null) return null;
  for (const [walletId, asked] of perWallet) {
    const spent = held.wallets.get(walletId) ?? 0n;
    if (spent + asked > walletLifetimeLamports)
      return { limit: "walletLifetime", walletId, allowed: walletLifetimeLamports, spent, asked };
  }
  return null;
};
