/** Reads from the final transactions what each member got and what it cost: the receipt shows what the chain shows. */
import type { Address, Chain, Signature } from "../ports.ts";
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
    const { slot, tokens, changes } = transaction;
    const bought = tokens.find((one) => one.owner === wallet && one.mint === mint);
    const own = changes.find(({ address }) => address === wallet);
    results.push({
      wallet,
      signature,
      slot,
      tokens: positive((bought?.after ?? 0n) - (bought?.before ?? 0n)),
      lamports: positive((own?.before ?? 0n) - (own?.after ?? 0n)),
      fee: whole.fee,
    });
  }
  return results;
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);
