/** Tests composing a transaction: the fixed order, the memo, the exact size, and readable errors. */
import {
  AccountRole,
  type Address,
  address,
  type Blockhash,
  decompileTransactionMessage,
  getCompiledTransactionMessageDecoder,
  type Lamports,
} from "@solana/kit";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/base/message.ts";
import { describeFailure } from "../../src/chain/failure.ts";
import { choosePrice } from "../../src/chain/fees.ts";
import { compose } from "../../src/chain/transaction.ts";
import { unsignedWire } from "../../src/chain/wire.ts";
import { type Instruction, STEP_KINDS, type TransactionDraft } from "../../src/engine/ports.ts";
import { WIDEST } from "../../src/engine/transaction/format.ts";
import { formatMemo, parseMemo } from "../../src/engine/transaction/memo-text.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const [funding, buyer, program] = [1, 2, 3].map(() => generateKeypair().address) as [
  Address,
  Address,
  Address,
];

const call = (byte: number, accounts: readonly Address[] = []): Instruction => ({
  programAddress: program,
  accounts: accounts.map((account) => ({ address: account, role: AccountRole.WRITABLE })),
  data: Uint8Array.of(byte),
});

const draft: TransactionDraft = {
  feePayer: funding,
  transfers: [{ from: funding, to: buyer, lamports: 7n as Lamports }],
  setup: [call(1)],
  swap: [call(2)],
  memo: { text: "cto:1:op:buy:1/10", signer: buyer },
  cleanup: [call(3)],
  computeUnitLimit: 50_000,
  computeUnitPrice: 1000n,
  lifetime: {
    blockhash: "SysvarC1ock11111111111111111111111111111111" as Blockhash,
    lastValidBlockHeight: 1n,
  },
  lookupTables: {},
};

describe("a composed transaction", () => {
  test.each([{ version: 0 } as const, WIDEST])(
    "that writes a program is refused by name, for version %o",
    (format) => {
      const hostile = { ...draft, format, swap: [call(2, [program])] };
      const refused = expect.objectContaining({
        code: "CTO_E_POLICY_REFUSED",
        message: expect.stringContaining(program),
      });
      expect(() => compose(hostile)).toThrow(refused);
    },
  );

  test("has budget, transfer, setup, swap, memo, cleanup, in this order", () => {
    const { messageBytes, signers } = compose(draft);
    const compiled = getCompiledTransactionMessageDecoder().decode(messageBytes);
    const instructions: readonly Instruction[] = decompileTransactionMessage(compiled).instructions;
    expect(instructions.map(({ programAddress }) => programAddress)).toEqual([
      "ComputeBudget111111111111111111111111111111",
      "ComputeBudget111111111111111111111111111111",
      "11111111111111111111111111111111",
      program,
      program,
      MEMO,
      program,
    ]);
    const memo = instructions[5];
    expect(Buffer.from(memo?.data ?? []).toString()).toBe("cto:1:op:buy:1/10");
    expect(memo?.accounts?.map((account) => account.address)).toEqual([buyer]);
    expect(signers).toEqual([funding, buyer]);
    expect([1, 2, 3]).toEqual([3, 4, 6].map((index) => instructions[index]?.data?.[0]));
  });

  test("is the same bytes for the same draft, and as large as it says", () => {
    const first = compose(draft);
    expect(compose(draft)).toEqual(first);
    expect(Buffer.from(unsignedWire(first), "base64")).toHaveLength(first.size);
  });

  test("is refused when it does not fit with its memo, and fits with a lookup table", () => {
    const accounts = Array.from({ length: 40 }, () => generateKeypair().address);
    const large = { ...draft, swap: [call(2, accounts)] };
    expect(() => compose(large)).toThrow(expect.objectContaining({ code: "CTO_E_TRANSACTION_TOO_LARGE" }));
    const table = generateKeypair().address;
    expect(compose({ ...large, lookupTables: { [table]: accounts } }).size).toBeLessThan(1232);
  });

  test("is refused without a memo", () => {
    expect(() => compose({ ...draft, memo: { text: "", signer: buyer } })).toThrow(/memo/);
  });
});

describe("a composed transaction of version 1", () => {
  const versionOne = { ...draft, format: { version: 1, loadedAccountsDataLimit: 123_456 } as const };

  test("has its limits and the whole fee in its message, and the same instructions otherwise", () => {
    const { messageBytes, signers, size } = compose(versionOne);
    const message = decodeMessage(messageBytes);
    expect(message.version).toBe(1);
    expect(message.config).toEqual({
      computeUnitLimit: 50_000,
      loadedAccountsDataSizeLimit: 123_456,
      priorityFeeLamports: 50n,
    });
    const older = decodeMessage(compose(draft).messageBytes);
    const programs = ({ instructions }: typeof message) => instructions.map((each) => each.program);
    expect(programs(message)).toEqual(programs(older).slice(2));
    expect(signers).toEqual([funding, buyer]);
    expect(Buffer.from(unsignedWire(compose(versionOne)), "base64")).toHaveLength(size);
  });

  test("takes more bytes than version 0, and no lookup table", () => {
    const accounts = Array.from({ length: 40 }, () => generateKeypair().address);
    const table = generateKeypair().address;
    const large = { ...versionOne, swap: [call(2, accounts)], lookupTables: { [table]: accounts } };
    const { messageBytes, size } = compose(large);
    expect(size).toBeGreaterThan(1232);
    expect(decodeMessage(messageBytes).lookupTables).toEqual([]);
  });

  const keys = Array.from({ length: 80 }, () => generateKeypair().address);
  const signing = (count: number): Instruction => ({
    programAddress: program,
    accounts: keys.slice(0, count).map((key) => ({ address: key, role: AccountRole.READONLY_SIGNER })),
    data: new Uint8Array(),
  });
  const bytes = { programAddress: program, accounts: [], data: new Uint8Array(4_000) };

  test.each([
    { what: "bytes", swap: [bytes], code: "CTO_E_TRANSACTION_TOO_LARGE" },
    { what: "accounts", swap: [call(2, keys)], code: "CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS" },
    { what: "signatures", swap: [signing(11)], code: "CTO_E_TRANSACTION_TOO_MANY_SIGNATURES" },
    {
      what: "instructions",
      swap: Array.from({ length: 64 }, () => call(2)),
      code: "CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS",
    },
  ])("is refused for too many $what, with an error of its own", ({ swap, code }) => {
    expect(() => compose({ ...versionOne, swap })).toThrow(expect.objectContaining({ code }));
  });

  test("holds as much as the network allows", () => {
    // The other four instructions are transfer, setup, memo and cleanup.
    expect(() => compose({ ...versionOne, swap: Array.from({ length: 60 }, () => call(2)) })).not.toThrow();
    expect(() => compose({ ...versionOne, swap: [signing(10)] })).not.toThrow();
    // The other accounts are two wallets, and the system, memo and swap programs.
    expect(() => compose({ ...versionOne, swap: [call(2, keys.slice(0, 59))] })).not.toThrow();
  });
});

describe("a memo's text", () => {
  test("reads back as it was written", () => {
    const parts = fc.record({
      operationId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      kind: fc.constantFrom(...STEP_KINDS),
      legs: fc.integer({ min: 1, max: 999_999 }),
    });
    fc.assert(
      fc.property(parts, fc.double({ min: 0, max: 1, noNaN: true }), ({ legs, ...rest }, share) => {
        const memo = { ...rest, legs, leg: 1 + Math.floor(share * (legs - 1)) };
        expect(parseMemo(formatMemo(memo))).toEqual(memo);
      }),
    );
  });

  test("is nothing but exactly that", () => {
    const wrong = ["", "gm", "cto:2:op:buy:1/1", "cto:1::buy:1/1", "cto:1:op:sell:1/1", "cto:1:op:buy:0/1"];
    const close = [
      "cto:1:op:buy:2/1",
      "cto:1:op:buy:01/1",
      "cto:1:op:buy:1/1 ",
      "cto:1:op:buy:1/1\n",
      "cto:1:a:b:buy:1/1",
    ];
    for (const text of [...wrong, ...close]) expect(parseMemo(text), text).toBeNull();
    expect(() => formatMemo({ operationId: "a:b", kind: "buy", leg: 1, legs: 1 })).toThrow(/not a memo/);
  });
});

describe("a failure", () => {
  test.each<[unknown, string]>([
    ["InsufficientFundsForFee", "the paying wallet cannot pay the transaction fee"],
    ["SomethingNewInAgave", "something new in agave"],
    [{ InstructionError: [2n, { Custom: 6001n }] }, "instruction 3 failed with custom error 6001 (0x1771)"],
    [{ InstructionError: [0n, "InsufficientFunds"] }, "instruction 1 failed: there are not enough funds"],
    [
      { InsufficientFundsForRent: { account_index: 1n } },
      "an account would be left with less than its rent-exempt minimum",
    ],
    [{ DuplicateInstruction: 3n }, "an instruction stands in it twice"],
    [42n, "an unknown error: 42"],
  ])("%o is put into words", (error, message) => {
    expect(describeFailure(error).message).toBe(message);
  });

  test("names the program, and says what its code means where that is known", () => {
    const system = address("11111111111111111111111111111111");
    const error = { InstructionError: [1n, { Custom: 1n }] };
    expect(describeFailure(error, { programs: [program, system] }).message).toBe(
      "instruction 2 (System program) failed: a wallet does not hold enough lamports for a transfer; custom error 1 (0x1)",
    );
    const logs = [
      "Program log: AnchorError occurred. Error Code: Slip. Error Number: 6001. Error Message: Too far.",
    ];
    const anchor = describeFailure(
      { InstructionError: [0n, { Custom: 6001n }] },
      { programs: [program], logs },
    );
    expect(anchor.message).toBe(`instruction 1 (${program}) failed: Too far; custom error 6001 (0x1771)`);
    expect(JSON.stringify(anchor.error)).toBe('{"InstructionError":[0,{"Custom":6001}]}');
  });
});

test("the price of priority stays between floor and cap", () => {
  expect(choosePrice([])).toBe(1000n);
  expect(choosePrice([0n, 10_000n, 20_000n, 90_000n])).toBe(20_000n);
  const options = { maxPriorityFeeLamports: 14_000n, unitsAtCap: 1_400_000 };
  expect(choosePrice([10n ** 12n], options)).toBe(10_000n);
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), (fees) => {
      expect((choosePrice(fees, options) * 1_400_000n) / 1_000_000n).toBeLessThanOrEqual(14_000n);
    }),
  );
});
