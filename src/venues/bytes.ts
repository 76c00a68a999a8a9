/**
 * Reads fields of an account at their offsets.
 *
 * Programs extend accounts, so older accounts are shorter. Missing bytes read as zero, so the caller checks the least
 * length first. These functions never throw, for any bytes.
 */
import type { Address } from "@solana/kit";
import { addressAt } from "../base/base58.ts";
import type { RawAccount } from "../engine/ports.ts";

export type Fields = {
  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  u64(offset: number): bigint;
  u128(offset: number): bigint;
  i128(offset: number): bigint;
  address(offset: number): Address;
};

/** The value of an address field that is not set. */
export const NOBODY = "11111111111111111111111111111111" as Address;

const unsigned = (data: Uint8Array, offset: number, size: number): bigint => {
  let value = 0n;
  for (let at = offset + size - 1; at >= offset; at -= 1) value = (value << 8n) | BigInt(data[at] ?? 0);
  return value;
};

export const fieldsOf = (data: Uint8Array): Fields => ({
  u8: (offset) => data[offset] ?? 0,
  u16: (offset) => Number(unsigned(data, offset, 2)),
  u32: (offset) => Number(unsigned(data, offset, 4)),
  u64: (offset) => unsigned(data, offset, 8),
  u128: (offset) => unsigned(data, offset, 16),
  i128: (offset) => BigInt.asIntN(128, unsigned(data, offset, 16)),
  address: (offset) => {
    const bytes = new Uint8Array(32);
    bytes.set(data.subarray(offset, offset + 32));
    return addressAt(bytes);
  },
});

/**
 * Returns the fields of an account if it belongs to the program, begins with the discriminator and is long enough;
 * otherwise null. An address that only received lamports is not an account of the program.
 */
export const readAccount = (
  account: RawAccount | null | undefined,
  { owner, discriminator, size }: { owner: Address; discriminator: readonly number[]; size: number },
): Fields | null => {
  if (account == null || account.owner !== owner || account.data.length < size) return null;
  return discriminator.every((byte, at) => account.data[at] === byte) ? fieldsOf(account.data) : null;
};
