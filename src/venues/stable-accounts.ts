/** Lists the accounts that buys use for every token. Our own lookup tables contain them. */
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { Address } from "../engine/ports.ts";
import { createDirectVenues } from "./direct-venues.ts";
import { TOKEN_2022_PROGRAM_ADDRESS, WRAPPED_SOL_MINT } from "./token-layout.ts";

const COMMON: readonly Address[] = [
  SYSTEM_PROGRAM_ADDRESS,
  TOKEN_PROGRAM_ADDRESS,
  TOKEN_2022_PROGRAM_ADDRESS,
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  WRAPPED_SOL_MINT,
];

/** The accounts of all direct venues, each once. */
export const stableAccounts = async (): Promise<Address[]> => {
  const perVenue = await Promise.all(createDirectVenues().map((venue) => venue.stableAccounts()));
  return [...new Set([...COMMON, ...perVenue.flat()])];
};
