/**
 * Calculates rents that both of pump.fun's programs take from a buyer, in lamports.
 *
 * Source: the programs of October 2026, executed at several rates (test/venues/pump-rents.test.ts).
 */
import { type Address, missingRent, rentToOpen, walletMinimum } from "../engine/ports.ts";
import type { DirectBuy } from "./venue.ts";

/** The size of a wallet's volume accumulator, which its first buy opens. */
export const USER_VOLUME_BYTES = 137;

/** The rent of an account of this size that the buy opens; 0 if the account exists. */
export const opens = (buy: DirectBuy, account: Address, bytes: number): bigint =>
  rentToOpen(buy, bytes, buy.fetched.accounts.get(account));

/**
 * What a buy pays into a wallet of the program that has no data: the whole minimum, whatever less than that is there.
 */
export const opensWallet = (buy: DirectBuy, wallet: Address): bigint => {
  const minimum = walletMinimum(buy);
  return (buy.fetched.accounts.get(wallet)?.lamports ?? 0n) < minimum ? minimum : 0n;
};

/**
 * What a buy pays to bring an account of the program to its size. The rate may have moved since the account was opened,
 * so what it holds decides: after a fall it may hold enough already, after a rise the buyer pays for the old bytes too.
 *
 * @param held the lamports that the account holds for its rent
 */
export const grows = (buy: DirectBuy, bytes: bigint, held: bigint): bigint =>
  missingRent(buy, Number(bytes), held);
