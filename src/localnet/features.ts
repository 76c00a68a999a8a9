/** Feature accounts: what a cluster has activated stands in ordinary accounts, as an optional slot. */
import { type Address, address, getU64Encoder, lamports } from "@solana/kit";
import type { BankAccount } from "./bank.ts";

const FEATURE_PROGRAM = address("Feature111111111111111111111111111111111111");

/** Version 1 transactions (SIMD-0385). */
export const VERSION_ONE = address("txv1aq4pp281K9um3tnPgkfX8UqtFT6wcVW3hNezGLL");

/** The account of a feature that was activated in a slot; null: it is asked for, and not active. */
export const featureAccount = (feature: Address, activatedAt: bigint | null): BankAccount => ({
  address: feature,
  lamports: lamports(1_000_000n),
  owner: FEATURE_PROGRAM,
  data: activatedAt === null ? new Uint8Array(9) : Uint8Array.of(1, ...getU64Encoder().encode(activatedAt)),
  executable: false,
});

/** An account that only asks for a feature, or is no feature's, has activated none. */
export const isActive = (account: BankAccount | null): boolean =>
  account !== null && account.owner === FEATURE_PROGRAM && account.data[0] === 1;
