/**
 * Collects what a swap's accounts follow from: the buyer, the mint, and what the venue read about its market.
 */
import type { Address } from "@solana/kit";
import { isAddressText } from "../base/base58.ts";
import type { MeantBuy } from "../engine/ports.ts";
import { WRAPPED_SOL_MINT } from "../venues/token-layout.ts";
import { accountOf, TOKEN } from "./instructions.ts";
import { Refused } from "./refused.ts";

export type SwapScene = Pick<MeantBuy, "buyer" | "mint" | "tokenProgram" | "lamports" | "leastTokens"> & {
  /** The buyer's associated accounts of the token and of wrapped SOL. */
  readonly token: Address;
  readonly wrapped: Address;
  /**
   * Returns an account of the market by the venue's name for it. Throws if the account is unknown, or ours.
   */
  at(name: string): Address;
  /**
   * Returns an address that other accounts derive from. A market may lack it, and it may be anyone's, also ours.
   */
  maybe(name: string): Address | null;
  is(name: string): boolean;
  /** The market's kind, for a venue that has several kinds. */
  kind(): string;
};

/** Returns the wallets that take part, and their associated accounts of the token and of wrapped SOL. */
export function ownAccounts(meant: MeantBuy): Promise<ReadonlySet<Address>> {
  const { wallets, buyer, payer, mint, tokenProgram } = meant;
  const others = [buyer, payer].filter((one) => !wallets.includes(one));
  const key = [mint, tokenProgram, ...others].join("/");
  const known = ownByWallets.get(wallets);
  if (known?.key === key) return known.own;
  const own = deriveOwn(meant);
  if (Object.isFrozen(wallets)) ownByWallets.set(wallets, { key, own });
  return own;
}

/**
 * The legs of an operation share one list of wallets. We cache frozen lists only, because another list may change later.
 */
const ownByWallets = new WeakMap<
  readonly Address[],
  { readonly key: string; readonly own: Promise<ReadonlySet<Address>> }
>();

async function deriveOwn({ wallets, buyer, payer, mint, tokenProgram }: MeantBuy): Promise<Set<Address>> {
  const owners = [...new Set([...wallets, buyer, payer])];
  const accounts = await Promise.all(
    owners.flatMap((owner) => [
      accountOf(owner, mint, tokenProgram),
      accountOf(owner, WRAPPED_SOL_MINT, TOKEN),
    ]),
  );
  return new Set([...owners, ...accounts]);
}

export async function sceneOf(meant: MeantBuy): Promise<SwapScene> {
  const { buyer, mint, tokenProgram, lamports, leastTokens, market } = meant;
  const own = await ownAccounts(meant);
  const maybe = (name: string): Address | null => {
    const fact = market[name];
    return typeof fact === "string" && isAddressText(fact) ? fact : null;
  };
  return {
    buyer,
    mint,
    tokenProgram,
    lamports,
    leastTokens,
    token: await accountOf(buyer, mint, tokenProgram),
    wrapped: await accountOf(buyer, WRAPPED_SOL_MINT, TOKEN),
    maybe,
    at(name) {
      const account = maybe(name);
      if (account === null) throw new Refused(`the market's ${name} is not known`);
      if (own.has(account)) throw new Refused(`the market's ${name} is one of our own accounts`);
      return account;
    },
    is: (name) => market[name] === true,
    kind: () => String(market.kind ?? ""),
  };
}
