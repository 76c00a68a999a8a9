/** Reads from the final transactions what each member got and what it cost: the receipt shows what the chain shows. */
import type { Address, Chain, ChainTransaction, Signature } from "../ports.ts";
import type { Muster } from "./muster.ts";

export type LandedBuy = {
  readonly wallet: Address;
  readonly signature: Signature;
  readonly slot: bigint;
  /** Base units that the wallet received. */
  readonly tokens: bigint;
  /** Lamports that left the wallet, with fees and the rents of accounts that it opened. */
  readonly lamports: bigint;
  /** The transaction's fee, lamports. */
  readonly fee: bigint;
};

/**
 * Whether it is a purchase. A member may sign the memo in a transaction of its own: no second attempt of its buy is signed
 * then (R8), but it has bought nothing.
 */
export const hasBought = ({ tokens }: Pick<LandedBuy, "tokens">): boolean => tokens > 0n;

/**
 * Whether some member has bought. What landed and was not read yet counts: it is unknown, not absent (R4).
 */
export const anyBought = ({ members }: Muster, results: readonly LandedBuy[]): boolean =>
  members.some(({ wallet, attempts }) => {
    const result = results.find((one) => one.wallet === wallet);
    return attempts.some(({ landed }) => landed !== undefined) && (result === undefined || hasBought(result));
  });

/**
 * Returns the results of all members that landed.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function readResults(
  chain: Pick<Chain, "readTransaction" | "readFinal">,
  { members }: Muster,
  mint: Address,
): Promise<LandedBuy[]> {
  const results: LandedBuy[] = [];
  for (const { wallet, attempts } of members) {
    const signature = attempts.findLast(({ landed }) => landed !== undefined)?.landed;
    const transaction = signature && (await chain.readTransaction(signature));
    const whole = signature && (await chain.readFinal(signature));
    if (!signature || !transaction || !whole || transaction.failed) continue;
    const { slot, changes } = transaction;
    const own = changes.find(({ address }) => address === wallet);
    results.push({
      wallet,
      signature,
      slot,
      tokens: boughtBy(wallet, mint, transaction),
      lamports: positive((own?.before ?? 0n) - (own?.after ?? 0n)),
      fee: whole.fee,
    });
  }
  return results;
}

/** Returns the base units that a transaction brought a wallet. */
export function boughtBy(
  wallet: Address,
  mint: Address,
  { tokens }: Pick<ChainTransaction, "tokens">,
): bigint {
  const own = tokens.find((one) => one.owner === wallet && one.mint === mint);
  return positive((own?.after ?? 0n) - (own?.before ?? 0n));
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);
