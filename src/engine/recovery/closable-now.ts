/**
 * Finds out which token accounts a wallet can close now, by simulating it. The bytes of an account do not suffice: a
 * token program may refuse to close it for a reason that we do not know. Such an account must cost only itself.
 */
import type { Address, Chain, Lamports, TokenAccount } from "../ports.ts";
import { VERSION_ZERO } from "../transaction/format.ts";
import { formatMemo } from "../transaction/memo-text.ts";
import { SIMULATED_LIFETIME } from "../transaction/simulated.ts";

/** The most accounts that one transaction closes. */
const CLOSED_AT_ONCE = 15;
/** Strangers may open accounts for a wallet. After so many that cannot be closed, we close none of this wallet. */
const MOST_REFUSED = 20;

/** The return of a few lamports, the memo, and the closing of one account. The most that was seen is a third of it. */
const UNITS = { transfer: 100_000, close: 15_000 } as const;

/** The compute units that a simulation of a return may use. The signed limit is what the simulation used. */
export const unitsToClose = (accounts: number): number => UNITS.transfer + accounts * UNITS.close;

/** Returns the accounts without the one that the failed instruction names; null if it names none of them. */
export function withoutRefused<Account extends Pick<TokenAccount, "address">>(
  closes: readonly Account[],
  failedOn: readonly Address[] = [],
): Account[] | null {
  const left = closes.filter(({ address }) => !failedOn.includes(address));
  return left.length < closes.length ? left : null;
}

export type Closing = {
  readonly wallet: Address;
  /** The wallet that pays the fee. */
  readonly feePayer: Address;
  /** The slot in which the accounts were read, or an earlier one. */
  readonly notBefore: bigint;
};

/**
 * Returns those of the accounts that one transaction can close now, the most valuable first.
 *
 * @param accounts accounts of this wallet that are closable by their bytes
 * @throws `CTO_E_RPC_UNAVAILABLE`
 */
export async function closableNow(
  chain: Pick<Chain, "compose" | "simulate">,
  { wallet, feePayer, notBefore }: Closing,
  accounts: readonly TokenAccount[],
): Promise<readonly TokenAccount[]> {
  let left = accounts.toSorted((a, b) => Number(b.lamports - a.lamports));
  for (let refused = 0; left.length > 0 && refused < MOST_REFUSED; refused += 1) {
    const closes = left.slice(0, CLOSED_AT_ONCE);
    const unsigned = chain.compose({
      feePayer,
      closes,
      transfers: [],
      setup: [],
      swap: [],
      memo: { text: formatMemo({ operationId: ANY_ID, kind: "recover", leg: 1, legs: 1 }), signer: wallet },
      cleanup: [],
      computeUnitLimit: unitsToClose(closes.length),
      computeUnitPrice: 0n,
      format: VERSION_ZERO,
      lookupTables: {},
      lifetime: SIMULATED_LIFETIME,
    });
    const { failure, failedOn } = await chain.simulate(unsigned, { notBefore });
    const others = failure === null ? null : withoutRefused(left, failedOn);
    // A failure that names no account is not about the accounts. The return itself reports it.
    if (others === null) return closes;
    left = others;
  }
  return [];
}

/** No operation has this id. Nothing with it is signed. */
const ANY_ID = `op_${"1".repeat(22)}`;

export const rentsOf = (accounts: readonly Pick<TokenAccount, "lamports">[]): Lamports =>
  accounts.reduce<bigint>((sum, { lamports }) => sum + lamports, 0n) as Lamports;
