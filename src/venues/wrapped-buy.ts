/** Builds a buy that pays with wrapped SOL: the buyer's token account, and SOL that is wrapped for the swap. */
import type { Address, Instruction } from "../engine/ports.ts";
import { tokenAccountToOpen } from "./token-layout.ts";
import type { BuiltBuy, DirectBuy } from "./venue.ts";
import { hasWrappedAccount, openMissing, tokenAccountOf, wrapSol } from "./wrapped-sol.ts";

export type BuyerAccounts = {
  /** The buyer's associated token account of the mint. */
  readonly token: Address;
  /**
   * The buyer's wrapped-SOL account. When the swap runs, it holds the buy's lamports, in addition to its earlier
   * balance.
   */
  readonly wrapped: Address;
};

/** @param venueRentLamports rents that the venue's program takes from the buyer */
export const buyWithWrappedSol = async (
  { mint, tokenProgram }: { readonly mint: Address; readonly tokenProgram: Address },
  buy: DirectBuy,
  swapOf: (accounts: BuyerAccounts) => Promise<Instruction>,
  venueRentLamports = 0n,
): Promise<BuiltBuy> => {
  const token = await tokenAccountOf(buy.buyer, mint, tokenProgram);
  const isThere = await hasWrappedAccount(buy.fetched, buy.buyer);
  const wrapped = await wrapSol(buy, buy.lamports, isThere);
  return {
    setup: [...openMissing(buy, token, mint, tokenProgram), ...wrapped.setup],
    swap: [await swapOf({ token, wrapped: wrapped.account })],
    cleanup: wrapped.cleanup,
    venueRentLamports,
    // The payer lends this rent for the wrapped account; the buyer gets it when the account is closed, with what a
    // stranger may have sent to the account's address.
    transientLamports: isThere ? 0n : tokenAccountToOpen(buy, buy.fetched.accounts.get(wrapped.account)),
  };
};
