/** Rents that both of pump.fun's programs take from a buyer. Lamports. */
import type { Address } from "../engine/ports.ts";
import type { DirectBuy } from "./venue.ts";

/** 137 bytes: a wallet's volume accumulator, opened with its first buy. */
export const USER_VOLUME_RENT = 1_844_400n;
/** Of every byte that an account grows by. */
export const RENT_PER_BYTE = 6_960n;

/** What an account costs that the buy opens: nothing where it is there already. */
export const opens = (buy: DirectBuy, account: Address, rent: bigint): bigint =>
  (buy.fetched.accounts.get(account)?.lamports ?? 0n) > 0n ? 0n : rent;
