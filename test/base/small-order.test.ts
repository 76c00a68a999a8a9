/** Tests that addresses of a small order are recognised, because anyone can sign for them. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { hasSmallOrder } from "../../src/base/small-order.ts";
import { generateKeypair, verifyBytes } from "../../src/wallets/keypair.ts";

const of = (hex: string): Address => toBase58(Buffer.from(hex, "hex")) as Address;
const IDENTITY = of(`01${"00".repeat(31)}`);

describe("an address of a small order", () => {
  it("has a signature of every text that nobody made: R is the identity, S is zero", () => {
    const signature = new Uint8Array(64);
    signature[0] = 1;
    for (const text of ["one text", "another"])
      expect(verifyBytes(IDENTITY, Buffer.from(text), signature)).toBe(true);
    expect(hasSmallOrder(IDENTITY)).toBe(true);
  });

  it.each([
    ["the system program's", "11111111111111111111111111111111" as Address],
    ["of order 2", of(`ec${"ff".repeat(30)}7f`)],
    ["of order 4, with the other sign", of(`${"00".repeat(31)}80`)],
    ["of order 8", of("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")],
    [
      "of order 8, with the other sign",
      of("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    ],
    ["not reduced", of(`ed${"ff".repeat(30)}7f`)],
  ])("is recognised: %s", (_, address) => {
    expect(hasSmallOrder(address)).toBe(true);
  });

  it("is no wallet's", () => {
    for (let each = 0; each < 20; each += 1) expect(hasSmallOrder(generateKeypair().address)).toBe(false);
  });
});
