/** What a transaction of each version may hold, and what it asks to pay. */

export type TransactionVersion = 0 | 1;

/** Bytes on the wire: what one packet holds, and from version 1 on what SIMD-0385 allows. */
export const MAX_BYTES: Readonly<Record<TransactionVersion, number>> = { 0: 1_232, 1: 4_096 };

export const SIGNATURE_BYTES = 64;

/** Accounts that one transaction may lock, those from lookup tables included. */
export const MAX_ACCOUNTS = 64;

/** Of a version 1 transaction; of version 0 no more than twelve would fit into its bytes with anything else. */
export const MAX_SIGNATURES = 12;

/** Instructions that run in one transaction, those included that programs call. */
export const MAX_INSTRUCTIONS = 64;

/** The most bytes of accounts that a transaction may ask to load. */
export const MAX_LOADED_BYTES = 64 * 1024 * 1024;

/** Lamports, rounded up as the runtime does: limit x price / 1,000,000. */
export const priorityFee = (computeUnitLimit: number, microLamportsPerUnit: bigint): bigint =>
  (BigInt(computeUnitLimit) * microLamportsPerUnit + 999_999n) / 1_000_000n;
