/**
 * Recognises the addresses that anyone can sign for. Eight points of Ed25519's curve have a small order, and with them
 * a signature can be made without a private key. OpenSSL accepts such a signature; the Solana runtime does not.
 */
import type { Address } from "@solana/kit";
import { bytesOfAddress } from "./base58.ts";

/** Their y coordinates, little endian, the last two not reduced. The sign of x is left out: both count. */
const COORDINATES: ReadonlySet<string> = new Set([
  `00${"00".repeat(31)}`,
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
]);

export function hasSmallOrder(address: Address): boolean {
  const bytes = Buffer.from(bytesOfAddress(address));
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  return COORDINATES.has(bytes.toString("hex"));
}
