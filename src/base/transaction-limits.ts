/** Defines the limits of a transaction of each version, and computes its priority fee. */

export type TransactionVersion = 0 | 1;

/** Bytes on the wire. Version 0: the size of one packet. Version 1: the limit of SIMD-0385. */
export const MAX_BYTES: Readonly<Record<TransactionVersion, number>> = { 0: 1_232, 1: 4_096 };

export const SIGNATURE_BYTES = 64;

/** How many accounts one transaction may lock, including those from lookup tables. */
export const MAX_ACCOUNTS = 64;

/**
 * The limit of version 1. In version 0, no more than twelve signatures fit into the bytes together with anything else.
 */
export const MAX_SIGNATURES = 12;

/** How many instructions may run in one transaction, including those that programs call. */
export const MAX_INSTRUCTIONS = 64;

/** The most bytes of accounts that a transaction may ask to load. */
export const MAX_LOADED_BYTES = 64 * 1024 * 1024;

/** Returns lamports, rounded up as the runtime does: limit x price / 1,000,000. */
export const priorityFee = (computeUnitLimit: number, microLamportsPerUnit: bigint): bigint =>
  (BigInt(computeUnitLimit) * microLamportsPerUnit + 999_999n) / 1_000_000n;
