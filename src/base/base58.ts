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

const LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Five letters together: with two bytes, such a digit stays far below what a number holds exactly. */
const FIVE = 58 ** 5;

/**
 * Writes bytes as base58: two bytes at once, into five letters at once. One byte into one letter takes eight times as long;
 * test/base/base58.test.ts compares both.
 */
export function toBase58(bytes: ReadonlyUint8Array): string {
  const digits: number[] = [];
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  for (let at = zeros; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    let carry = isPair ? ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) : (bytes[at] ?? 0);
    const by = isPair ? 0x1_0000 : 0x100;
    for (let digit = 0; digit < digits.length; digit += 1) {
      carry += (digits[digit] ?? 0) * by;
      digits[digit] = carry % FIVE;
      carry = Math.floor(carry / FIVE);
    }
    if (carry > 0) digits.push(carry);
  }
  let text = "";
  for (const [at, digit] of digits.entries()) {
    let left = digit;
    // The first digit is written without zeros in front.
    for (let letter = 0; letter < 5 && (left > 0 || at < digits.length - 1); letter += 1) {
      text = LETTERS.charAt(left % 58) + text;
      left = Math.floor(left / 58);
    }
  }
  return LETTERS.charAt(0).repeat(zeros) + text;
}

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
  const own = Buffer.from(bytes.buffer, bytes.byteOffset + offset, ADDRESS_BYTES);
  return addressIn(own.toString("latin1"), 0);
}

/**
 * Returns the address of 32 bytes, for a reader of many addresses.
 *
 * @param text bytes as a text: one character for each byte (latin1)
 * @throws {RangeError} if there are fewer bytes
 */
export function addressIn(text: string, offset: number): Address {
  if (offset + ADDRESS_BYTES > text.length) throw new RangeError("an address has 32 bytes");
  const key = text.slice(offset, offset + ADDRESS_BYTES);
  const known = addressByBytes.get(key);
  if (known !== undefined) return known;
  // The cache keeps a text of its own, not a part of one that is longer.
  const own = Buffer.from(key, "latin1");
  return keep(addressByBytes, own.toString("latin1"), toBase58(own) as Address);
}

/** Whether a text is an address: base58 of 32 bytes. */
export function isAddressText(text: string): text is Address {
  try {
    return bytesOfAddress(text as Address).length === ADDRESS_BYTES;
  } catch {
    return false;
  }
}
