/**
 * Finds out which token accounts a wallet can close now, by simulating it. The bytes of an account do not suffice: a
 * token program may refuse to close it for a reason that we do not know. Such an account must cost only itself.
 */
import type { Address, Chain, Lamports, Simulation, TokenAccount, UnsignedTransaction } from "../ports.ts";
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

/** Returns those of the accounts that the failed instruction names. */
const named = (closes: readonly Pick<TokenAccount, "address">[], { failedOn = [] }: Simulation): Address[] =>
  closes.flatMap(({ address }) => (failedOn.includes(address) ? [address] : []));

type Closed = {
  readonly closes: readonly Pick<TokenAccount, "address">[];
  readonly notBefore: bigint;
};

/**
 * Returns the accounts for which a simulation was refused, none if it is about none of them; null if the endpoints that must
 * agree (`RESIGN_QUORUM`) do not. What is not closed by a leg's only return is left for good. They are asked only then.
 *
 * @param refused the simulation that the endpoint asked first has refused
 * @throws `CTO_E_RPC_UNAVAILABLE`
 */
export async function agreedRefusal(
  { witnessSimulations }: Pick<Chain, "witnessSimulations">,
  unsigned: UnsignedTransaction,
  { closes, notBefore }: Closed,
  refused: Simulation,
): Promise<readonly Address[] | null> {
  const names = named(closes, refused);
  const others = closes.length === 0 ? [] : ((await witnessSimulations?.(unsigned, { notBefore })) ?? []);
  const agree = others.every(
    (other) => other.failure !== null && named(closes, other).join() === names.join(),
  );
  return agree ? names : null;
}

export type Closing = {
  readonly wallet: Address;
  /** The wallet that pays the fee. */
  readonly feePayer: Address;
  /** The slot in which the accounts were read, or an earlier one. */
  readonly notBefore: bigint;
};

/**
 * Returns those of the accounts that one transaction can close now, the most valuable first. If the endpoints do not agree about
 * one of them, it can: who signs asks them again.
 *
 * @param accounts accounts of this wallet that are closable by their bytes
 * @throws `CTO_E_RPC_UNAVAILABLE`
 */
export async function closableNow(
  chain: Pick<Chain, "compose" | "simulate" | "witnessSimulations">,
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
    const simulation = await chain.simulate(unsigned, { notBefore });
    if (simulation.failure === null) return closes;
    const refusedFor = await agreedRefusal(chain, unsigned, { closes, notBefore }, simulation);
    const others = refusedFor && withoutRefused(left, refusedFor);
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
