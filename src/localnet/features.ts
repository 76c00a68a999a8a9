/**
 * Writes and reads feature accounts. A feature account is an ordinary account that stores the slot of activation, if
 * any.
 */
import { type Address, address, getU64Encoder, lamports } from "@solana/kit";
import type { BankAccount } from "./bank.ts";

const FEATURE_PROGRAM = address("Feature111111111111111111111111111111111111");

/** Version 1 transactions (SIMD-0385). */
export const VERSION_ONE = address("txv1aq4pp281K9um3tnPgkfX8UqtFT6wcVW3hNezGLL");

/**
 * The account of a feature that was activated in a slot; null means that activation is requested, but has not
 * happened.
 */
export const featureAccount = (feature: Address, activatedAt: bigint | null): BankAccount => ({
  address: feature,
  lamports: lamports(1_000_000n),
  owner: FEATURE_PROGRAM,
  data: activatedAt === null ? new Uint8Array(9) : Uint8Array.of(1, ...getU64Encoder().encode(activatedAt)),
  executable: false,
});

/** Returns false if the account only requests a feature, or is not a feature account. */
export const isActive = (account: BankAccount | null): boolean =>
  account !== null && account.owner === FEATURE_PROGRAM && account.data[0] === 1;
