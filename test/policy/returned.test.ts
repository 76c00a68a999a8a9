/** Tests which changes of a handed-out message are accepted from a wallet: guards of the list, and nothing else. */
import { AccountRole, type Address, type Instruction } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { GUARDS, GUARDS_AT_MOST } from "../../src/base/guards.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { requireReturned } from "../../src/policy/returned.ts";
import fc from "../support/fast-check.ts";
import {
  ACCOUNT,
  BUDGET,
  BUY,
  compile,
  guard,
  key,
  LOOKED_UP,
  limit,
  MEMBER,
  memo,
  OTHER_HASH,
  type Shape,
  STRANGER,
  swap,
  TABLES,
} from "../support/member-message.ts";

/** The reason of a refusal, or the number of guards. */
function outcome(handedOut: Uint8Array, returned: Uint8Array, tables = TABLES): string | number {
  try {
    return requireReturned(handedOut, returned, tables);
  } catch (error) {
    if (!isCTOError(error, "CTO_E_MUSTER_MESSAGE_CHANGED")) throw error;
    return error.context.reason;
  }
}

describe.each([0, 1] as const)("what a wallet returns in version %i", (version) => {
  const of = (instructions: readonly Instruction[], shape: Shape = {}) =>
    compile(instructions, { version, ...shape });
  const given = (instructions: readonly Instruction[], shape: Shape = {}) =>
    outcome(of(BUY), of(instructions, shape));

  it("may be the same bytes", () => {
    expect(given(BUY)).toBe(0);
  });

  it.each(Object.keys(GUARDS).map(Number))(
    "may have the guard %i, before or behind our instructions",
    (first) => {
      expect(given([...BUY, guard(first)])).toBe(1);
      expect(given([guard(first), ...BUY])).toBe(1);
    },
  );

  it("may have guards as Phantom was seen to add them: three before the swap, one behind everything", () => {
    expect(given([limit, guard(9), guard(6), guard(5, 1, MEMBER), swap, memo, guard(10)])).toBe(4);
  });

  it.each([
    [
      "AssertAccountDelta",
      2,
      [4, 1, 0, 0, 0, 0, 31, 10, 250, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 4],
    ],
    ["AssertAccountInfo", 1, [5, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["AssertTokenAccount", 1, [9, 0, 2, 102, 198, 105, 197, 1, 0, 0, 0, 2]],
    ["AssertSysvarClock", 0, [15, 0, 0, 166, 238, 134, 18, 0, 0, 0, 0, 3]],
  ] as const)("may have a guard as mainnet has one (docs/guards.md): %s", (name, accounts, data) => {
    expect(GUARDS[data[0]]?.name).toBe(name);
    expect(given([...BUY, { ...guard(data[0], accounts), data: Uint8Array.from(data) }])).toBe(1);
  });

  it("has few guards", () => {
    const many = (count: number) => Array.from({ length: count }, () => guard(15));
    expect(given([...BUY, ...many(GUARDS_AT_MOST)])).toBe(GUARDS_AT_MOST);
    expect(given([...BUY, ...many(GUARDS_AT_MOST + 1)])).toContain("guards were added");
  });

  it("may have its accounts in another order, when a guard reads more of them", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(2, 4, 5, 9, 15), { maxLength: 6 }), fc.nat(3), (firsts, at) => {
        const guards = firsts.map((first) => guard(first, undefined, first === 9 ? key() : ACCOUNT));
        expect(given([...BUY.slice(0, at), ...guards, ...BUY.slice(at)])).toBe(guards.length);
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 16, 17, 18, 255])("may not have Lighthouse's instruction %i", (first) => {
    expect(given([...BUY, guard(first, 1)])).toContain(`an instruction ${first} of Lighthouse was added`);
  });

  it.each([
    ["a guard without data", { ...guard(15), data: new Uint8Array(0) }, /without data/],
    ["a guard that names a further account", guard(9, 2), /names 2 accounts instead of 1/],
    ["a guard without its account", guard(9, 0), /names 0 accounts/],
    ["a transfer", { programAddress: STRANGER, data: Uint8Array.of(2) }, /an instruction of .* was added/],
    [
      "the older Lighthouse's guard",
      { ...guard(9), programAddress: "L1TEVtgA75k273wWz1s6XMmDhQY5i3MwcvKb4VbZzfK" as Address },
      /was added/,
    ],
    [
      "a fee of the wallet's own choice",
      { programAddress: BUDGET, data: Uint8Array.of(3, 9, 0, 0, 0, 0, 0, 0, 0) },
      /was added/,
    ],
    ["the swap a second time", swap, /was added/],
  ])("may not have %s", (_, added, reason) => {
    expect(given([...BUY, added])).toMatch(reason);
  });

  it.each([
    ["a guard that writes", AccountRole.WRITABLE],
    ["a guard that writes an account that we only read", AccountRole.WRITABLE, LOOKED_UP],
    ["a guard that reads an account as a signer", AccountRole.READONLY_SIGNER],
  ])("may not have %s", (_, role, address = ACCOUNT) => {
    const added = { ...guard(9), accounts: [{ address, role }] };
    expect(given([...BUY, added])).toMatch(/other privileges|other signers/);
  });

  it.each([
    ["without the memo", [limit, swap], /instruction 3 is missing/],
    ["without the swap", [limit, memo], /was added|is not the one/],
    ["in another order", [limit, memo, swap], /was added|is not the one/],
    [
      "with other amounts",
      [limit, { ...swap, data: Uint8Array.of(9, 9, 8) }, memo],
      /instruction 2, of .*, is not/,
    ],
    [
      "with another account",
      [
        limit,
        {
          ...swap,
          accounts: [
            ...(swap.accounts?.slice(0, 2) ?? []),
            { address: STRANGER, role: AccountRole.READONLY },
          ],
        },
        memo,
      ],
      /instruction 2, of .*, is not/,
    ],
    [
      "with another memo",
      [limit, swap, { ...memo, data: Uint8Array.of(65) }],
      /instruction 3, of .*, is not/,
    ],
  ])("is refused %s", (_, instructions, reason) => {
    expect(given(instructions as Instruction[])).toMatch(reason);
  });

  it("is refused with another blockhash: it would live longer than the journal knows", () => {
    expect(given(BUY, { blockhash: OTHER_HASH })).toContain("another blockhash");
  });

  it("is refused with another payer", () => {
    expect(given(BUY, { payer: STRANGER })).toContain("another payer");
  });

  it("is refused in another version", () => {
    expect(given(BUY, { version: version === 0 ? 1 : 0 })).toContain("its version is");
  });

  it("is refused when it cannot be read", () => {
    const bytes = of(BUY);
    expect(outcome(bytes, bytes.subarray(0, -1))).toBeTypeOf("string");
    expect(outcome(bytes, new Uint8Array(0))).toBeTypeOf("string");
  });

  it("is refused with any byte changed", () => {
    const bytes = of(BUY);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(outcome(bytes, changed)).toBeTypeOf("string");
      }),
      { numRuns: 300 },
    );
  });
});

describe("a message of version 1", () => {
  it("may not have another fee", () => {
    const of = (priorityFeeLamports: bigint) => compile(BUY, { version: 1, priorityFeeLamports });
    expect(outcome(of(7n), of(8n))).toContain("its fee are others");
  });
});

describe("a message with a lookup table", () => {
  const ours = compile(BUY, { tables: TABLES });

  it("may say the same without the table, and with it", () => {
    expect(outcome(ours, compile([...BUY, guard(9)], { tables: TABLES }))).toBe(1);
    expect(outcome(ours, compile([...BUY, guard(9)]))).toBe(1);
  });

  it("may not name another table", () => {
    expect(outcome(compile(BUY), compile([...BUY, guard(9)], { tables: TABLES }))).toContain(
      "names the lookup table",
    );
  });

  it("is refused when the table's addresses are not known", () => {
    expect(outcome(ours, compile([...BUY, guard(9)], { tables: TABLES }), {})).toContain(
      "unknown lookup table",
    );
  });
});
