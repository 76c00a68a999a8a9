/** Tests our encoding and decoding of messages against kit's, on valid and on corrupted bytes. */
import {
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  getBase64EncodedWireTransaction,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  type SignatureBytes,
  type Transaction,
} from "@solana/kit";
import { describe, expect, test } from "vitest";
import { readMessageBytes } from "../../src/base/message-bytes.ts";
import { writeMessageBytes } from "../../src/base/message-writer.ts";
import { readWire, toWire } from "../../src/base/wire.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

type Compiled = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;

const KEYS = Array.from({ length: 20 }, () => generateKeypair().address);
const addresses = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 3, maxLength: 20 });
const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const header = fc.record({
  numSignerAccounts: fc.integer({ min: 1, max: 2 }),
  numReadonlySignerAccounts: fc.constant(0),
  numReadonlyNonSignerAccounts: fc.integer({ min: 0, max: 1 }),
});
const instruction = fc.record({
  programAddressIndex: fc.nat(19),
  accountIndices: fc.array(fc.nat(19), { maxLength: 200 }),
  data: bytes(300),
});
const lookup = fc.record({
  lookupTableAddress: fc.constantFrom(...KEYS),
  writableIndexes: fc.array(fc.nat(255), { maxLength: 5 }),
  readonlyIndexes: fc.array(fc.nat(255), { maxLength: 5 }),
});

const short = fc
  .record({
    version: fc.constantFrom("legacy" as const, 0 as const),
    header,
    staticAccounts: addresses,
    lifetimeToken: fc.constantFrom(...KEYS),
    instructions: fc.array(instruction, { maxLength: 6 }),
    addressTableLookups: fc.array(lookup, { maxLength: 3 }),
  })
  .map(({ addressTableLookups, ...message }) =>
    message.version === 0 ? { ...message, addressTableLookups } : message,
  );

const versionOne = fc
  .record({
    header,
    staticAccounts: addresses,
    lifetimeToken: fc.constantFrom(...KEYS),
    instructions: fc.array(instruction, { maxLength: 6 }),
    fee: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    limits: fc.tuple(...[0, 1, 2].map(() => fc.option(fc.nat()))),
  })
  .map(({ instructions, fee, limits, ...message }) => ({
    ...message,
    version: 1 as const,
    configMask:
      (fee === null ? 0 : 0b11) +
      limits.reduce<number>((all, limit, at) => all + (limit === null ? 0 : 0b100 << at), 0),
    configValues: [
      ...(fee === null ? [] : [{ kind: "u64" as const, value: fee }]),
      ...limits.flatMap((value) => (value === null ? [] : [{ kind: "u32" as const, value }])),
    ],
    numInstructions: instructions.length,
    numStaticAccounts: message.staticAccounts.length,
    instructionHeaders: instructions.map(({ programAddressIndex, accountIndices, data }) => ({
      programAccountIndex: programAddressIndex,
      numInstructionAccounts: accountIndices.length,
      numInstructionDataBytes: data.length,
    })),
    instructionPayloads: instructions.map(({ accountIndices, data }) => ({
      instructionAccountIndices: accountIndices,
      instructionData: data,
    })),
  }));

const message = fc.oneof(short, versionOne) as unknown as fc.Arbitrary<Compiled>;

const kitWrites = (compiled: Compiled): Uint8Array =>
  Uint8Array.from(getCompiledTransactionMessageEncoder().encode(compiled));

/**
 * Kit accepts bytes that a node refuses. We therefore count kit's reading only if kit writes the same bytes
 * again.
 */
function kitReads(given: Uint8Array): Compiled | null {
  try {
    const read = getCompiledTransactionMessageDecoder().decode(given);
    return Buffer.compare(kitWrites(read), given) === 0 ? read : null;
  } catch {
    return null;
  }
}

const weRead = (given: Uint8Array): ReturnType<typeof readMessageBytes> | null => {
  try {
    return readMessageBytes(given);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return null;
  }
};

describe("a message's bytes", () => {
  test("are written as kit writes them, and read as they were meant", () => {
    fc.assert(
      fc.property(message, (compiled) => {
        const written = writeMessageBytes(compiled);
        expect(Buffer.compare(written, kitWrites(compiled))).toBe(0);
        const read = readMessageBytes(written);
        expect(read.version).toBe(compiled.version);
        expect(read.addresses).toEqual(compiled.staticAccounts);
        expect(read.blockhash).toBe(compiled.lifetimeToken);
        expect(read.signers).toBe(compiled.header.numSignerAccounts);
        const named =
          compiled.version === 1
            ? compiled.instructionHeaders.map(({ programAccountIndex }) => programAccountIndex)
            : compiled.instructions.map(({ programAddressIndex }) => programAddressIndex);
        expect(read.instructions.map(({ program }) => program)).toEqual(named);
      }),
      { numRuns: 100 },
    );
  });

  test("are refused and accepted exactly as kit does, also when damaged", () => {
    const spoilt = fc
      .tuple(
        message,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: -3, max: 3 }),
      )
      .map(([compiled, changes, longer]) => {
        const whole = [...kitWrites(compiled), 0, 0, 0];
        const given = whole.slice(0, whole.length - 3 + longer);
        for (const [at, value] of changes) given[at % Math.max(1, Math.min(given.length, 120))] = value;
        return Uint8Array.from(given);
      });
    fc.assert(
      fc.property(spoilt, (given) => {
        const kits = kitReads(given);
        const ours = weRead(given);
        // Kit keeps limits that it does not know. We refuse such a message, so that nobody signs it.
        const knows = kits !== null && (kits.version !== 1 || (kits.configMask & ~0b11111) === 0);
        expect(ours !== null).toBe(knows);
        if (kits !== null && ours !== null) expect(ours.addresses).toEqual(kits.staticAccounts);
      }),
      { numRuns: 250 },
    );
  });
});

test("a transaction's wire bytes are those that kit makes from the same signatures", () => {
  fc.assert(
    fc.property(message, fc.uint8Array({ minLength: 64, maxLength: 64 }), (compiled, random) => {
      const messageBytes = writeMessageBytes(compiled);
      const signers = compiled.staticAccounts.slice(0, compiled.header.numSignerAccounts);
      const signature = random.with(0, 1);
      const signatures = Object.fromEntries(
        signers.map((signer, at) => [signer, signature.with(1, at) as SignatureBytes]),
      );
      const wire = toWire(messageBytes, Object.values(signatures));
      const transaction = { messageBytes, signatures } as unknown as Transaction;
      expect(wire).toBe(getBase64EncodedWireTransaction(transaction));
      const read = readWire(wire);
      expect(Buffer.compare(read.messageBytes, messageBytes)).toBe(0);
      const decoded = getTransactionDecoder().decode(Buffer.from(wire, "base64"));
      expect(Object.keys(decoded.signatures)).toEqual(signers);
      expect(() =>
        readWire(
          toWire(
            messageBytes,
            signers.map(() => null),
          ),
        ),
      ).toThrow(/unsigned/);
    }),
    { numRuns: 100 },
  );
});
