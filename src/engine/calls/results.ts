/** Reads from the final transactions what each member got and what it cost: the receipt shows what the chain shows. */
import type { Address, Chain, ChainTransaction, FinalTransaction, Signature } from "../ports.ts";
import { type Effects, readEffect } from "../transaction/read-effect.ts";
import type { CallBook } from "./call-book.ts";
import type { HandedOut, Member, Muster } from "./muster.ts";

export type LandedBuy = {
  readonly wallet: Address;
  readonly signature: Signature;
  readonly slot: bigint;
  /** Base units that the wallet bought. Zero: the transaction has the memo, and is not the member's purchase. */
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

type Handing = Pick<CallBook, "readHanded">;

/** A member's purchase as it is meant. */
export type Meant = {
  readonly wallet: Address;
  readonly mint: Address;
  /** Of the transaction that the member returned and we accepted; null: it returned none. */
  readonly signature: Signature | null;
  /** Whether the transaction does what was handed out. */
  readonly isHanded: (final: Pick<FinalTransaction, "wire">) => Promise<boolean>;
};

/** Returns what the member's attempt is meant to buy. */
export const meantBy = (
  { book, chain }: { readonly book: Handing; readonly chain: Pick<Chain, "doesSame"> },
  { number }: Muster,
  mint: Address,
  { wallet, attempt }: Pick<Member, "wallet"> & { readonly attempt: HandedOut },
): Meant => ({
  wallet,
  mint,
  signature: attempt.signature,
  async isHanded({ wire }) {
    const handed = await book.readHanded({ muster: number, blockhash: attempt.lifetime.blockhash }, wallet);
    return handed !== null && chain.doesSame(handed, wire);
  },
});

/**
 * Returns the base units that a transaction with the member's memo has bought; zero if it is not the purchase that is meant.
 *
 * A member can sign its memo in any transaction. So one that we did not accept counts only if it is the purchase that was
 * handed out. Otherwise one base unit, or a purchase for half of the pledge, would count as a purchase for all of it.
 */
export async function boughtBy(
  meant: Meant,
  final: Pick<FinalTransaction, "signature" | "wire">,
  transaction: Pick<ChainTransaction, "tokens">,
): Promise<bigint> {
  const tokens = gainOf(meant, transaction);
  return tokens > 0n && (await isMeant(meant, final)) ? tokens : 0n;
}

/** Whether it is the transaction that we accepted, or does what was handed out. Its bytes say so, whatever endpoints say of its effect. */
export async function isMeant(
  { signature, isHanded }: Pick<Meant, "signature" | "isHanded">,
  final: Pick<FinalTransaction, "signature" | "wire">,
): Promise<boolean> {
  return final.signature === signature || (await isHanded(final));
}

function gainOf({ wallet, mint }: Meant, { tokens }: Pick<ChainTransaction, "tokens">): bigint {
  const own = tokens.find((one) => one.owner === wallet && one.mint === mint);
  return positive((own?.after ?? 0n) - (own?.before ?? 0n));
}

/**
 * Returns the results of all members that landed.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function readResults(
  {
    chain,
    book,
  }: { readonly chain: Effects & Pick<Chain, "readFinal" | "doesSame">; readonly book: Handing },
  muster: Muster,
  mint: Address,
): Promise<LandedBuy[]> {
  const results: LandedBuy[] = [];
  for (const { wallet, attempts } of muster.members) {
    const attempt = attempts.findLast(({ landed }) => landed !== undefined);
    const signature = attempt?.landed;
    const transaction = signature && (await readEffect(chain, signature));
    const whole = signature && (await chain.readFinal(signature));
    if (!attempt || !signature || !transaction || !whole || transaction.failed) continue;
    const { slot, changes } = transaction;
    const own = changes.find(({ address }) => address === wallet);
    const { fee } = whole;
    const meant = meantBy({ book, chain }, muster, mint, { wallet, attempt });
    results.push({
      wallet,
      signature,
      slot,
      tokens: await boughtBy(meant, whole, transaction),
      lamports: positive((own?.before ?? 0n) - (own?.after ?? 0n)),
      fee,
    });
  }
  return results;
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);
