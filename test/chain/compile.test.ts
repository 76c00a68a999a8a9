/** Tests our compiler of messages against kit's: any instructions, as version 0 and as version 1. */
import {
  type AccountRole,
  type Address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransactionMessage,
  createTransactionMessage,
  type Instruction,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { describe, expect, test } from "vitest";
import { writeMessageBytes } from "../../src/base/message-writer.ts";
import { compileMessage } from "../../src/chain/compile.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const KEYS = Array.from({ length: 12 }, () => generateKeypair().address);
const PAYER = KEYS[0] as Address;
const lifetime = { blockhash: KEYS[1] as string as Blockhash, lastValidBlockHeight: 1n };

const meta = fc.record({
  address: fc.constantFrom(...KEYS),
  role: fc.constantFrom<AccountRole>(0, 1, 2, 3),
});
const instruction: fc.Arbitrary<Instruction> = fc.record(
  {
    // Few programs, so that many messages have none that is also writable.
    programAddress: fc.constantFrom(...KEYS.slice(-3)),
    accounts: fc.array(meta, { maxLength: 20 }),
    data: fc.uint8Array({ maxLength: 200 }),
  },
  { requiredKeys: ["programAddress"] },
);
const config = fc.record({
  priorityFeeLamports: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  computeUnitLimit: fc.nat(1_400_000),
  loadedAccountsDataSizeLimit: fc.nat(2 ** 31 - 1),
});

type Config = Parameters<typeof compileMessage>[2];

const byKit = (instructions: readonly Instruction[], values: Config) => {
  const inAny = <Message extends ReturnType<typeof createTransactionMessage>>(empty: Message) =>
    pipe(
      empty,
      (message) => setTransactionMessageFeePayer(PAYER, message),
      (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
      (message) => appendTransactionMessageInstructions(instructions, message),
    );
  return values === null
    ? compileTransactionMessage(inAny(createTransactionMessage({ version: 0 })))
    : compileTransactionMessage(
        inAny(setTransactionMessageConfig(values, createTransactionMessage({ version: 1 }))),
      );
};

const draft = { feePayer: PAYER, lifetime };

describe("our compiler", () => {
  test("makes the bytes that kit's makes, or leaves to kit what kit refuses", () => {
    const made = { ours: 0, kits: 0 };
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 8 }), fc.option(config), (instructions, values) => {
        const message = compileMessage(draft, instructions, values);
        if (message === null) {
          made.kits += 1;
          expect(() => byKit(instructions, values)).toThrow();
          return;
        }
        made.ours += 1;
        const kits = byKit(instructions, values);
        expect(message.messageBytes).toEqual(writeMessageBytes(kits));
        expect(message.signers).toEqual(kits.staticAccounts.slice(0, kits.header.numSignerAccounts));
      }),
      { numRuns: 1_000 },
    );
    expect(made.ours).toBeGreaterThan(50);
    expect(made.kits).toBeGreaterThan(50);
  });

  test("leaves a message to kit that takes an account from a lookup table, or names too many in one instruction", () => {
    const [program, table, account] = KEYS.slice(-3) as [Address, Address, Address];
    const looked = { address: account, role: 0 as const, lookupTableAddress: table, addressIndex: 0 };
    expect(compileMessage(draft, [{ programAddress: program, accounts: [looked] }], null)).toBeNull();
    const many = Array.from({ length: 256 }, () => ({ address: account, role: 0 as const }));
    expect(compileMessage(draft, [{ programAddress: program, accounts: many }], null)).toBeNull();
    expect(
      compileMessage(draft, [{ programAddress: program, accounts: many.slice(1) }], null),
    ).not.toBeNull();
  });
});
