/** Tests our base58 against the library's. */
import { isAddress } from "@solana/kit";
import bs58 from "bs58";
import { expect, test } from "vitest";
import { isAddressText, toBase58 } from "../../src/base/base58.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

test("any bytes are written as the library writes them", () => {
  const zeros = fc.nat(70).map((length) => new Uint8Array(length));
  const full = fc.nat(70).map((length) => new Uint8Array(length).fill(255));
  const random = fc.uint8Array({ maxLength: 70 });
  const any = fc.oneof(
    random,
    zeros,
    full,
    fc.tuple(zeros, random).map(([a, b]) => Uint8Array.of(...a, ...b)),
  );
  fc.assert(
    fc.property(any, (bytes) => {
      expect(toBase58(bytes)).toBe(bs58.encode(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test("a text is an address where kit says so", () => {
  const address = fc.constantFrom(...Array.from({ length: 5 }, () => generateKeypair().address as string));
  const text = fc.oneof(
    address,
    fc.string(),
    fc.tuple(address, fc.nat(44)).map(([whole, at]) => whole.slice(at)),
    fc.tuple(address, fc.string()).map(([whole, more]) => whole + more),
    fc.tuple(address, fc.nat(44)).map(([whole, at]) => "1".repeat(at) + whole),
  );
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(text, (one) => {
      seen.add(isAddress(one));
      expect(isAddressText(one)).toBe(isAddress(one));
    }),
    { numRuns: 500 },
  );
  expect(seen.size).toBe(2);
});
