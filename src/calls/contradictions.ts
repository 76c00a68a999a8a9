/** Lists how a call's terms may contradict themselves: no muster could ever satisfy them, or they hide something. */
import { formatSol } from "../base/sol.ts";
import { type Call, WALLETS_AT_MOST } from "./terms.ts";

type Code =
  | "CTO_E_CALL_AMOUNTS_CONTRADICT"
  | "CTO_E_CALL_TIMES_CONTRADICT"
  | "CTO_E_CALL_DISCLOSURE_CONTRADICTS";

type Contradiction = { readonly code: Code; readonly reason: string };

type Check = {
  readonly code: Code;
  /** Returns the reason; null if the terms agree here. */
  why(call: Call): string | null;
};

const repeated = (names: readonly string[]): string | undefined =>
  names.find((name, at) => names.indexOf(name) !== at);

const amounts = (why: Check["why"]): Check => ({ code: "CTO_E_CALL_AMOUNTS_CONTRADICT", why });
const times = (why: Check["why"]): Check => ({ code: "CTO_E_CALL_TIMES_CONTRADICT", why });
const disclosure = (why: Check["why"]): Check => ({ code: "CTO_E_CALL_DISCLOSURE_CONTRADICTS", why });

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

const CHECKS: readonly Check[] = [
  amounts(({ leastLamports, mostLamports }) =>
    leastLamports > mostLamports
      ? `the least in all, ${sol(leastLamports)}, is more than the most, ${sol(mostLamports)}`
      : null,
  ),
  amounts(({ walletLeast, walletMost }) =>
    walletLeast > walletMost
      ? `the least of a wallet, ${sol(walletLeast)}, is more than its most, ${sol(walletMost)}`
      : null,
  ),
  amounts(({ walletMost, mostLamports }) =>
    walletMost > mostLamports
      ? `the most of a wallet, ${sol(walletMost)}, is more than the most in all, ${sol(mostLamports)}`
      : null,
  ),
  amounts(({ walletLeast, mostLamports, terms: { leastWallets } }) =>
    walletLeast * BigInt(leastWallets) > mostLamports
      ? `${leastWallets} wallets of at least ${sol(walletLeast)} are more than the most in all, ${sol(mostLamports)}`
      : null,
  ),
  amounts(({ walletMost, leastLamports }) =>
    walletMost * BigInt(WALLETS_AT_MOST) < leastLamports
      ? `${WALLETS_AT_MOST} wallets of at most ${sol(walletMost)} do not reach the least in all, ${sol(leastLamports)}`
      : null,
  ),
  times(({ opensAt, closesAt, terms }) =>
    opensAt >= closesAt ? `it closes at ${terms.closesAt}, and opens at ${terms.opensAt}` : null,
  ),
  times(({ opensAt, closesAt, terms: { musterSeconds } }) =>
    opensAt.getTime() + musterSeconds * 1_000 > closesAt.getTime()
      ? `a muster of ${musterSeconds} s does not fit between opening and deadline`
      : null,
  ),
  disclosure(({ terms: { caller } }) =>
    caller.wallets.some(({ address }) => address === caller.wallet)
      ? null
      : `the caller's wallets do not contain ${caller.wallet}, which signs the terms`,
  ),
  disclosure(({ terms: { caller } }) => {
    const twice = repeated(caller.wallets.map(({ address }) => address));
    return twice === undefined ? null : `the wallet ${twice} is disclosed twice`;
  }),
  disclosure(({ terms: { caller } }) => {
    const twice = repeated(caller.pastCalls);
    return twice === undefined ? null : `the past call ${twice} is disclosed twice`;
  }),
  disclosure(({ terms: { caller, callId } }) =>
    caller.pastCalls.includes(callId) ? `the call ${callId} is among its own past calls` : null,
  ),
];

/** Returns the first contradiction of the terms, or null. */
export function contradictionOf(call: Call): Contradiction | null {
  for (const { code, why } of CHECKS) {
    const reason = why(call);
    if (reason !== null) return { code, reason };
  }
  return null;
}
