/** Calculates rents that both of pump.fun's programs take from a buyer, in lamports. */
import { type Address, rentExemption } from "../engine/ports.ts";
import type { DirectBuy } from "./venue.ts";

/** The size of a wallet's volume accumulator, which its first buy opens. */
export const USER_VOLUME_BYTES = 137;

/** The rent of an account of this size that the buy opens; 0 if the account exists. */
export const opens = (buy: DirectBuy, account: Address, bytes: number): bigint =>
  (buy.fetched.accounts.get(account)?.lamports ?? 0n) > 0n ? 0n : rentExemption(buy, bytes);
