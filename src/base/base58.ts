/**
 * Converts base58, and caches the bytes of addresses. Kit converts base58 with one large integer; that takes
 * most of the time in which a transaction is built and judged. bs58 is several times as fast. The cache helps
 * because the addresses of one market repeat.
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import bs58 from "bs58";

const ADDRESS_BYTES = 32;

/** The most entries of a cache. The oldest entry is dropped first. */
const KEPT = 20_000;
const bytesByAddress = new Map<string, ReadonlyUint8Array>();
const addressByBytes = new Map<string, Address>();

function keep<Value>(kept: Map<string, Value>, key: string, value: Value): Value {
  kept.set(key, value);
  if (kept.size > KEPT) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  return value;
}

export const toBase58 = (bytes: ReadonlyUint8Array): string => bs58.encode(new Uint8Array(bytes));

/** Returns the 32 bytes of an address. @throws {RangeError} if it is not an address */
export function bytesOfAddress(address: Address): ReadonlyUint8Array {
  const known = bytesByAddress.get(address);
  if (known !== undefined) return known;
  const bytes = bs58.decodeUnsafe(address);
  if (bytes?.length !== ADDRESS_BYTES) throw new RangeError(`"${address}" is no address`);
  return keep(bytesByAddress, address, bytes);
}

/** Returns the address of the 32 bytes at `offset`. @throws {RangeError} if there are fewer bytes */
export function addressAt(bytes: Uint8Array, offset = 0): Address {
  if (offset + ADDRESS_BYTES > bytes.length) throw new RangeError("an address has 32 bytes");
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const key = buffer.toString("latin1", offset, offset + ADDRESS_BYTES);
  const known = addressByBytes.get(key);
  if (known !== undefined) return known;
  const own = bytes.subarray(offset, offset + ADDRESS_BYTES);
  return keep(addressByBytes, key, bs58.encode(own) as Address);
}

/** Whether a text is an address: base58 of 32 bytes. */
export function isAddressText(text: string): text is Address {
  try {
    return bytesOfAddress(text as Address).length === ADDRESS_BYTES;
  } catch {
    return false;
  }
}
