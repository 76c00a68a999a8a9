/** Tests which final transaction of a member is the purchase that was handed out to it. */
import type { Instruction } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { doesSame } from "../../src/chain/same-work.ts";
import {
  BUDGET,
  BUY,
  compile,
  guard,
  limit,
  MEMBER,
  memo,
  OTHER_HASH,
  PROGRAM,
  type Shape,
  STRANGER,
  swap,
  TABLES,
} from "../support/member-message.ts";

const half: Instruction = { ...swap, data: Uint8Array.of(9, 9, 4) };
const price: Instruction = { programAddress: BUDGET, data: Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0, 0) };
const refund: Instruction = { programAddress: PROGRAM, accounts: [], data: Uint8Array.of(1) };

describe.each([0, 1] as const)("handed out in version %i", (version) => {
  const handed = {
    messageBytes: compile(BUY, { version, tables: version === 0 ? TABLES : {} }),
    lookupTables: TABLES,
  };
  const landed = (instructions: readonly Instruction[], shape: Shape = {}) =>
    toWire(compile(instructions, { version: 0, ...shape }), [new Uint8Array(64).fill(7)]);

  it("is the same bytes, another blockhash, other limits, another version, or guards beside it", () => {
    expect(doesSame(handed, landed(BUY, { version }))).toBe(true);
    expect(doesSame(handed, landed(BUY, { blockhash: OTHER_HASH }))).toBe(true);
    expect(doesSame(handed, landed([price, swap, memo], { tables: TABLES }))).toBe(true);
    expect(doesSame(handed, landed([limit, guard(2), swap, memo, guard(5, 1, MEMBER)]))).toBe(true);
  });

  it.each([
    ["the memo alone", [memo]],
    ["all but the last instruction", [limit, swap]],
    ["a purchase for less", [limit, half, memo]],
    ["the purchase, and another instruction", [...BUY, refund]],
    ["the purchase twice", [limit, swap, swap, memo]],
    ["another order", [limit, memo, swap]],
    ["a guard that is none", [...BUY, guard(16)]],
  ])("is not %s", (_, instructions) => {
    expect(doesSame(handed, landed(instructions))).toBe(false);
  });

  it("is not what another wallet has paid the fee for", () => {
    const signatures = [1, 2].map((at) => new Uint8Array(64).fill(at));
    const paid = toWire(compile(BUY, { payer: STRANGER }), signatures);
    expect(doesSame(handed, paid)).toBe(false);
  });

  it("is nothing with an account of an unknown lookup table", () => {
    expect(
      doesSame(
        { ...handed, messageBytes: compile(BUY, { version }), lookupTables: {} },
        landed(BUY, { tables: TABLES }),
      ),
    ).toBe(false);
  });
});
