/** Rents that both of pump.fun's programs take from a buyer. Lamports. */
import { type Address, rentExemption } from "../engine/ports.ts";
import type { DirectBuy } from "./venue.ts";

/** A wallet's volume accumulator, opened with its first buy. */
export const USER_VOLUME_BYTES = 137;

/** What an account of so many bytes costs that the buy opens: nothing where it is there already. */
export const opens = (buy: DirectBuy, account: Address, bytes: number): bigint =>
  (buy.fetched.accounts.get(account)?.lamports ?? 0n) > 0n ? 0n : rentExemption(buy, bytes);
