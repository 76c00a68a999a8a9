/**
 * Tests that our check for points on the curve gives the same answer as kit's. The check decides the addresses of a
 * program.
 */
import { createHash, randomBytes } from "node:crypto";
import { address, getAddressDecoder, getProgramDerivedAddress, isOffCurveAddress } from "@solana/kit";
import { expect, test } from "vitest";
import { isOnCurve } from "../../src/base/curve.ts";
import { pda } from "../../src/venues/pda.ts";

/** `CTO_CURVE_HASHES=100000` takes half a minute. */
const HASHES = Number(process.env.CTO_CURVE_HASHES ?? 3_000);
const decoder = getAddressDecoder();
const kits = (bytes: Uint8Array): boolean => !isOffCurveAddress(decoder.decode(bytes));

test(`agrees with kit over ${HASHES} hashes`, () => {
  const seed = randomBytes(8).toString("hex");
  let onCurve = 0;
  for (let at = 0; at < HASHES; at += 1) {
    const hash = createHash("sha256").update(`${seed}/${at}`).digest();
    const ours = isOnCurve(hash);
    if (ours !== kits(hash)) throw new Error(`they differ about ${hash.toString("hex")}`);
    if (ours) onCurve += 1;
  }
  expect(onCurve / HASHES).toBeGreaterThan(0.4);
  expect(onCurve / HASHES).toBeLessThan(0.6);
});

test("agrees with kit where y is 0, 1, -1, next to the field's size, or beyond it, with either sign", () => {
  const P = 2n ** 255n - 19n;
  for (const y of [0n, 1n, 2n, 3n, 4n, P - 1n, P - 2n, P, P + 1n, P + 2n, P + 18n]) {
    for (const sign of [0n, 1n]) {
      const number = y | (sign << 255n);
      const bytes = Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 0xffn));
      expect([y, sign, isOnCurve(bytes)]).toEqual([y, sign, kits(bytes)]);
    }
  }
  expect(isOnCurve(new Uint8Array(31))).toBe(false);
});

test("derives the addresses that kit derives", async () => {
  const program = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
  for (let at = 0; at < 50; at += 1) {
    const [owner, mint] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
    const [expected] = await getProgramDerivedAddress({
      programAddress: program,
      seeds: [owner, mint, "word"],
    });
    expect(await pda(program, { address: decoder.decode(owner) }, mint, "word")).toBe(expected);
  }
});
