/** The frame of a buy that pays with wrapped SOL: the buyer's token account, a wrapped-SOL account around the swap. */
import type { Address, Instruction } from "../engine/ports.ts";
import { tokenAccountRent } from "./token-layout.ts";
import type { BuiltBuy, DirectBuy } from "./venue.ts";
import { openTokenAccount, tokenAccountOf, wrapSol } from "./wrapped-sol.ts";

export type BuyerAccounts = {
  /** The buyer's associated token account of the mint. */
  readonly token: Address;
  /** The buyer's wrapped-SOL account, which holds exactly the buy's lamports when the swap runs. */
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
  const wrapped = await wrapSol(buy, buy.lamports);
  return {
    setup: [openTokenAccount(buy, token, mint, tokenProgram), ...wrapped.setup],
    swap: [await swapOf({ token, wrapped: wrapped.account })],
    cleanup: wrapped.cleanup,
    venueRentLamports,
    // What the payer lends for the wrapped account; the buyer gets it when the account is closed.
    transientLamports: tokenAccountRent(buy),
  };
};
