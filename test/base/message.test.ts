/** Tests that one decoder reads the messages of all versions, and rejects bytes that have two possible readings. */
import {
  AccountRole,
  type Address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  type Instruction,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type V1TransactionConfig,
} from "@solana/kit";
import { describe, expect, test } from "vitest";
import { decodeMessage, type MessageVersion } from "../../src/base/message.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const blockhash = "SysvarC1ock11111111111111111111111111111111" as Blockhash;
const lifetime = { blockhash, lastValidBlockHeight: 1n };
const KEYS = Array.from({ length: 12 }, () => generateKeypair().address);
const [payer, program, table, ...others] = KEYS as [Address, Address, Address, ...Address[]];

function compile(
  version: MessageVersion,
  instructions: Instruction[],
  config: V1TransactionConfig = {},
): Uint8Array {
  const messageBytes =
    version === 1
      ? compileTransaction(
          pipe(
            createTransactionMessage({ version }),
            (empty) => setTransactionMessageFeePayer(payer, empty),
            (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
            (lasting) => setTransactionMessageConfig(config, lasting),
            (limited) => appendTransactionMessageInstructions(instructions, limited),
          ),
        ).messageBytes
      : compileTransaction(
          pipe(
            createTransactionMessage({ version }),
            (empty) => setTransactionMessageFeePayer(payer, empty),
            (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
            (lasting) => appendTransactionMessageInstructions(instructions, lasting),
          ),
        ).messageBytes;
  return Uint8Array.from(messageBytes);
}

const account = fc.record({
  address: fc.constantFrom(...others),
  role: fc.constantFrom(
    AccountRole.READONLY,
    AccountRole.WRITABLE,
    AccountRole.READONLY_SIGNER,
    AccountRole.WRITABLE_SIGNER,
  ),
});
const instruction = fc.record({
  programAddress: fc.constant(program),
  accounts: fc.uniqueArray(account, { maxLength: 6, selector: ({ address }) => address }),
  data: fc.uint8Array({ maxLength: 20 }),
});

describe.each(["legacy", 0, 1] as const)("a message of version %s", (version) => {
  test("reads back as what it was made of", () => {
    fc.assert(
      fc.property(fc.array(instruction, { minLength: 1, maxLength: 5 }), (instructions) => {
        const message = decodeMessage(compile(version, instructions));
        expect(message).toMatchObject({ version, feePayer: payer, blockhash, config: {}, lookupTables: [] });
        expect(message.signers[0]).toBe(payer);
        expect(
          message.instructions.map((each) => ({
            program: each.program,
            accounts: each.accounts.map(({ address }) => address),
            data: [...each.data],
          })),
        ).toEqual(
          instructions.map((each) => ({
            program,
            accounts: each.accounts.map(({ address }) => address),
            data: [...each.data],
          })),
        );
        const roleOf = (address: Address): number =>
          instructions
            .flatMap(({ accounts }) => accounts)
            .filter((one) => one.address === address)
            .reduce<number>((all, { role }) => all | role, 0);
        for (const { address, signer, writable } of message.accounts.slice(1)) {
          const role = roleOf(address as Address);
          expect([signer, writable]).toEqual([(role & 2) !== 0, (role & 1) !== 0]);
        }
        const signing = message.accounts.filter(({ signer }) => signer).map(({ address }) => address);
        expect(message.signers).toEqual(signing);
      }),
    );
  });

  test("is refused when it is cut off, longer than itself, or not possible", () => {
    const bytes = compile(version, [{ programAddress: program, accounts: [], data: Uint8Array.of(1, 2) }]);
    const header = version === "legacy" ? 0 : 1;
    const wrong = [
      ...Array.from({ length: bytes.length }, (_, length) => bytes.slice(0, length)),
      Uint8Array.from([...bytes, 0]),
      bytes.with(header, 0), // No signer.
      bytes.with(header, 9), // More signers than accounts.
      bytes.with(header + 1, 1), // The fee payer cannot be read-only.
    ];
    for (const each of wrong) {
      expect(() => decodeMessage(each)).toThrow(
        expect.objectContaining({ code: "CTO_E_TRANSACTION_UNREADABLE" }),
      );
    }
  });
});

describe("version 0", () => {
  test("loads addresses from tables, and says which are not known", () => {
    const [first, second] = others as [Address, Address];
    const call = {
      programAddress: program,
      accounts: [
        { address: first, role: AccountRole.READONLY },
        { address: second, role: AccountRole.WRITABLE },
      ],
    };
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (empty) => setTransactionMessageFeePayer(payer, empty),
      (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
      (lasting) => appendTransactionMessageInstructions([call], lasting),
      (complete) =>
        compressTransactionMessageUsingAddressLookupTables(complete, { [table]: [first, second] }),
    );
    const { messageBytes } = compileTransaction(message);
    const known = decodeMessage(messageBytes, { [table]: [first, second] });
    expect(known.lookupTables).toEqual([table]);
    expect(known.instructions[0]?.accounts).toEqual([
      { address: first, signer: false, writable: false },
      { address: second, signer: false, writable: true },
    ]);
    const unknown = decodeMessage(messageBytes);
    expect(unknown.feePayer).toBe(payer);
    expect(unknown.instructions[0]?.accounts.map(({ address }) => address)).toEqual([null, null]);
  });
});

describe("version 1", () => {
  test("carries its limits and its fee", () => {
    const configs = fc.record(
      {
        computeUnitLimit: fc.integer({ min: 0, max: 1_400_000 }),
        loadedAccountsDataSizeLimit: fc.integer({ min: 1, max: 64 * 1024 * 1024 }),
        priorityFeeLamports: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        heapSize: fc.integer({ min: 32, max: 256 }).map((kib) => kib * 1024),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(configs, (config) => {
        expect(decodeMessage(compile(1, [{ programAddress: program }], config)).config).toEqual(config);
      }),
    );
  });

  test("is refused with an unknown limit", () => {
    const bytes = compile(1, [{ programAddress: program }], { computeUnitLimit: 7 });
    // Version, three bytes of header, then the mask.
    expect(() => decodeMessage(bytes.with(4, 0b100100))).toThrow(/cannot be read/);
    expect(() => decodeMessage(bytes.with(4, 0b101))).toThrow(/cannot be read/);
  });
});

test("a version that does not exist yet is refused", () => {
  const bytes = compile(0, [{ programAddress: program }]);
  expect(() => decodeMessage(bytes.with(0, 0x82))).toThrow(/cannot be read/);
});
