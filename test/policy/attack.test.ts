/**
 * Attacks the policy with the bytes of honest buys: one index, one byte, one instruction or one header field is another.
 * Every venue's buy is attacked, in messages of version 0 and of version 1.
 */
import {
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  getCompiledTransactionMessageDecoder,
} from "@solana/kit";
import { beforeAll, describe, expect, it } from "vitest";
import { readMessageBytes } from "../../src/base/message-bytes.ts";
import { writeMessageBytes } from "../../src/base/message-writer.ts";
import type { Address, Instruction, TransactionDraft } from "../../src/engine/ports.ts";
import { WIDEST } from "../../src/engine/transaction/format.ts";
import { isOversize } from "../../src/errors/index.ts";
import { judge } from "../../src/policy/index.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import {
  addressOf,
  BUYER,
  bytesOf,
  FUNDING,
  type Honest,
  honestBuys,
  OTHER_BUYER,
  STRANGER,
} from "./buys.ts";

type Compiled = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;
type Short = Extract<Compiled, { version: 0 }>;
type One = Short["instructions"][number];

const compiledOf = (bytes: Uint8Array): Short => {
  const message = getCompiledTransactionMessageDecoder().decode(bytes);
  if (message.version !== 0) throw new Error("not version 0");
  return message as Short;
};

/** The one change of an honest message that a case makes. */
const changed = (message: Short, at: number, by: (one: One) => One): Short => ({
  ...message,
  instructions: message.instructions.map((one, index) => (index === at ? by(one) : one)),
});

/** All of them, as messages of version 1; and those that fit into a message of version 0. */
let all: readonly Honest[];
let honest: readonly Honest[];
beforeAll(async () => {
  all = await honestBuys();
  honest = all.filter(fits);
});

const fits = ({ draft }: Honest): boolean => {
  try {
    return bytesOf(draft).length > 0;
  } catch (error) {
    if (isOversize(error)) return false;
    throw error;
  }
};

const expectRefused = async ({ name, meant }: Honest, bytes: Uint8Array, what: string): Promise<void> =>
  expect(await judge(bytes, meant), `${name}: ${what}`).not.toBeNull();

const versionOne = ({ draft }: Honest): Uint8Array => bytesOf({ ...draft, format: WIDEST });

describe("an honest buy", () => {
  it("is allowed, in either version", async () => {
    for (const each of honest) expect(await judge(bytesOf(each.draft), each.meant), each.name).toBeNull();
    for (const each of all) expect(await judge(versionOne(each), each.meant), each.name).toBeNull();
    expect(honest.length).toBeGreaterThan(all.length / 2);
  });

  it("is refused with any other account in any place", async () => {
    let tried = 0;
    for (const [turn, each] of honest.entries()) {
      const message = compiledOf(bytesOf(each.draft));
      const count = message.staticAccounts.length;
      for (const [at, { accountIndices = [], programAddressIndex }] of message.instructions.entries()) {
        for (const [place, index] of accountIndices.entries()) {
          const other = (index + 1 + ((turn + place) % (count - 1))) % count;
          const bytes = writeMessageBytes(
            changed(message, at, (one) => ({ ...one, accountIndices: accountIndices.with(place, other) })),
          );
          await expectRefused(each, bytes, `instruction ${at}, place ${place}`);
          tried += 1;
        }
        const program = (programAddressIndex + 1 + (turn % (count - 1))) % count;
        await expectRefused(
          each,
          writeMessageBytes(changed(message, at, (one) => ({ ...one, programAddressIndex: program }))),
          `program of instruction ${at}`,
        );
      }
    }
    expect(tried).toBeGreaterThan(1_000);
  });

  it("is refused with any other byte of data, and with more or fewer of them", async () => {
    for (const [turn, each] of honest.entries()) {
      const message = compiledOf(bytesOf(each.draft));
      for (const [at, { data = new Uint8Array() }] of message.instructions.entries()) {
        const others: Uint8Array[] = [Uint8Array.of(...data, 0)];
        if (data.length > 0) others.push(data.slice(0, -1));
        for (let byte = turn % 3; byte < data.length; byte += 3) {
          const flipped = Uint8Array.from(data);
          flipped[byte] = (flipped[byte] ?? 0) ^ (1 << ((byte + turn) % 8));
          others.push(flipped);
        }
        for (const other of others)
          await expectRefused(
            each,
            writeMessageBytes(changed(message, at, (one) => ({ ...one, data: other }))),
            `data of instruction ${at}: ${Buffer.from(other).toString("hex")}`,
          );
      }
    }
  });

  it("is refused where an instruction stands twice, is missing, or holds another account at its end", async () => {
    for (const each of honest) {
      const message = compiledOf(bytesOf(each.draft));
      for (const [at, one] of message.instructions.entries()) {
        const others = [
          { ...message, instructions: message.instructions.toSpliced(at, 1, one, one) },
          changed(message, at, () => ({ ...one, accountIndices: [...(one.accountIndices ?? []), 0] })),
        ];
        for (const other of others) await expectRefused(each, writeMessageBytes(other), `instruction ${at}`);
        const without = { ...message, instructions: message.instructions.toSpliced(at, 1) };
        const reason = await judge(writeMessageBytes(without), each.meant);
        // Only an account that is there already need not be opened.
        if (reason === null) expect(one.data).toEqual(Uint8Array.of(1));
      }
    }
  });

  it("is refused where it wraps after the swap, or unwraps before it", async () => {
    const wraps = all.filter(({ draft }) => draft.cleanup.length > 0);
    expect(wraps.length).toBeGreaterThan(10);
    for (const each of wraps) {
      const { meant } = each;
      const draft = { ...each.draft, format: WIDEST };
      const early = { ...draft, setup: [...draft.setup, ...draft.cleanup], cleanup: [] };
      expect(await judge(bytesOf(early), meant), each.name).toBe("swap: it is not in its place");
      const late = { ...draft, setup: [], swap: [...draft.swap, ...draft.setup] };
      expect(await judge(bytesOf(late), meant), each.name).toMatch(/: it is not in its place$/);
    }
  });

  it("is refused with an account that no instruction uses, of its own or from a lookup table", async () => {
    for (const each of honest) {
      const message = compiledOf(bytesOf(each.draft));
      const more = { ...message, staticAccounts: [...message.staticAccounts, STRANGER] };
      const header = {
        ...message.header,
        numReadonlyNonSignerAccounts: message.header.numReadonlyNonSignerAccounts + 1,
      };
      const { meant } = each;
      expect(await judge(writeMessageBytes(more), meant)).toBe(`no instruction uses ${STRANGER}`);
      expect(await judge(writeMessageBytes({ ...more, header }), meant)).toBe(
        `no instruction uses ${STRANGER}`,
      );
      const table = addressOf(99);
      const addressTableLookups = [{ lookupTableAddress: table, writableIndexes: [1], readonlyIndexes: [] }];
      const looking = writeMessageBytes({ ...message, addressTableLookups });
      const knowing = { ...meant, lookupTables: { [table]: [BUYER, STRANGER] } };
      expect(await judge(looking, knowing)).toBe(`no instruction uses ${STRANGER}`);
      expect(await judge(looking, meant)).toContain("no instruction uses");
    }
  });

  it("is refused with another signer, and with none", async () => {
    for (const each of honest) {
      const message = compiledOf(bytesOf(each.draft));
      for (const change of [-1, 1, 2]) {
        const header = { ...message.header, numSignerAccounts: message.header.numSignerAccounts + change };
        await expectRefused(each, writeMessageBytes({ ...message, header }), `${change} signers`);
      }
    }
  });

  it("of another wallet, mint, venue, leg or operation is refused", async () => {
    for (const [at, each] of honest.entries())
      for (const [other, { draft, meant, name }] of honest.entries()) {
        if (at === other || (at + other) % 5 !== 0) continue;
        if (Buffer.from(bytesOf(draft)).equals(bytesOf(each.draft))) continue;
        // The instructions of one venue have one price: each stands for the other.
        if (each.meant.venue === meant.venue && each.meant.payer === meant.payer) continue;
        await expectRefused(each, bytesOf(draft), `in the place of ${name}`);
      }
    const strange = {
      operationId: "op_2",
      leg: 2,
      legs: 3,
      buyer: OTHER_BUYER,
      mint: addressOf(7),
      payer: STRANGER,
    };
    for (const each of honest)
      for (const [field, value] of Object.entries(strange))
        expect(
          await judge(bytesOf(each.draft), { ...each.meant, [field]: value }),
          `${each.name}: ${field}`,
        ).not.toBeNull();
  });
});

/**
 * Where a message may hold other bytes and still say the same: the two counts of accounts that are only read, the
 * blockhash, and in version 1 how much it may load.
 */
function freeBytes(bytes: Uint8Array): Set<number> {
  const { version, addresses } = readMessageBytes(bytes);
  const from = (start: number, count: number): number[] =>
    Array.from({ length: count }, (_, at) => start + at);
  const counts = [2, 3];
  // Version, header, mask, blockhash, two counts, the addresses, then the fee, the units and what it may load.
  if (version === 1) return new Set([...counts, ...from(8, 32), ...from(42 + 32 * addresses.length + 12, 4)]);
  return new Set([...counts, ...from(5 + 32 * addresses.length, 32)]);
}

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));

describe("the bytes of an honest buy", () => {
  it("are refused with any one bit flipped, in either version, wherever it says what is bought", async () => {
    let tried = 0;
    const messages = [...honest.map((each) => [each, bytesOf(each.draft)] as const)];
    messages.push(...all.map((each) => [each, versionOne(each)] as const));
    for (const [turn, [each, bytes]] of messages.entries()) {
      const free = freeBytes(bytes);
      for (let at = turn % 3; at < bytes.length; at += 3) {
        if (free.has(at)) continue;
        await expectRefused(
          each,
          flipped(bytes, at, (at + turn) % 8),
          `bit ${(at + turn) % 8} of byte ${at}`,
        );
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(5_000);
  });

  it("may have another blockhash, and of version 1 another limit of what it loads", async () => {
    for (const each of all) {
      const bytes = versionOne(each);
      const [, , inBlockhash] = freeBytes(bytes);
      const [last] = [...freeBytes(bytes)].slice(-1);
      for (const at of [inBlockhash, last])
        expect(await judge(flipped(bytes, at ?? 0, 0), each.meant), each.name).toBeNull();
    }
  });
});

describe("a message of version 1", () => {
  it("is refused with another fee, other units, a heap, or a compute budget of its own", async () => {
    for (const each of all) {
      const { draft, meant } = each;
      const others: Partial<TransactionDraft>[] = [
        { computeUnitPrice: meant.computeUnitPrice + 5n },
        { computeUnitPrice: meant.computeUnitPrice - 5n },
        { computeUnitPrice: 2n ** 40n },
        { computeUnitLimit: meant.computeUnitLimit + 1 },
        { computeUnitLimit: 1_400_000 },
      ];
      for (const other of others)
        await expectRefused(each, bytesOf({ ...draft, ...other, format: WIDEST }), Object.keys(other).join());
      expect(await judge(withHeap(versionOne(each)), meant)).toBe("it asks for a heap of 262144 bytes");
      for (const instruction of COMPUTE_BUDGET)
        await expectRefused(
          each,
          bytesOf({ ...draft, setup: [instruction, ...draft.setup], format: WIDEST }),
          "budget",
        );
    }
  });
});

/** The mask's bit for the heap, and its value behind the others. */
function withHeap(bytes: Uint8Array): Uint8Array {
  const { addresses, configMask } = readMessageBytes(bytes);
  const MASK_AT = 4;
  // Version, header, mask, blockhash, two counts, the addresses, then 8 + 4 + 4 bytes of other limits.
  const valuesEnd = MASK_AT + 4 + 32 + 2 + 32 * addresses.length + 16;
  const longer = Uint8Array.of(...bytes.subarray(0, valuesEnd), 0, 0, 4, 0, ...bytes.subarray(valuesEnd));
  new DataView(longer.buffer).setUint32(MASK_AT, configMask | 0b10000, true);
  return longer;
}

const READ = 0;
const WRITE = 1;
const SIGN = 2;
const BOTH = 3;
const of = (
  program: string,
  data: readonly number[],
  ...accounts: readonly [Address, number][]
): Instruction => ({
  programAddress: program as Address,
  data: Uint8Array.from(data),
  accounts: accounts.map(([address, role]) => ({ address, role })),
});
const SYSTEM = "11111111111111111111111111111111";
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
const BUDGET = "ComputeBudget111111111111111111111111111111";
const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const zeros = (count: number): number[] => Array(count).fill(0);

const COMPUTE_BUDGET: readonly Instruction[] = [
  of(BUDGET, [1, ...u32(262_144)]),
  of(BUDGET, [2, ...u32(1_400_000)]),
  of(BUDGET, [3, ...zeros(7), 1]),
  of(BUDGET, [4, ...u32(1)]),
];

/** Of each program that could take something: all its instructions, over what the signers have. */
async function takings(token: Address): Promise<Instruction[]> {
  const thief = await tokenAccountOf(STRANGER, addressOf(7), TOKEN as Address);
  const system = Array.from({ length: 13 }, (_, kind) =>
    of(SYSTEM, [...u32(kind), ...zeros(96)], [BUYER, BOTH], [STRANGER, WRITE], [BUYER, SIGN]),
  );
  const funded = Array.from({ length: 13 }, (_, kind) =>
    of(SYSTEM, [...u32(kind), 1, ...zeros(7)], [FUNDING, BOTH], [STRANGER, WRITE]),
  );
  const tokens = [TOKEN, TOKEN_2022].flatMap((program) =>
    Array.from({ length: 46 }, (_, kind) =>
      of(program, [kind, 1, ...zeros(9)], [token, WRITE], [thief, WRITE], [BUYER, SIGN], [STRANGER, READ]),
    ),
  );
  const associated = [0, 1, 2].map((kind) =>
    of(
      "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
      [kind],
      [BUYER, BOTH],
      [thief, WRITE],
      [STRANGER, READ],
      [addressOf(7), READ],
      [SYSTEM as Address, READ],
      [TOKEN as Address, READ],
    ),
  );
  const others = [
    "Ed25519SigVerify111111111111111111111111111",
    "KeccakSecp256k11111111111111111111111111111",
    "Secp256r1SigVerify1111111111111111111111111",
    "Stake11111111111111111111111111111111111111",
    "Vote111111111111111111111111111111111111111",
    "Config1111111111111111111111111111111111111",
    "AddressLookupTab1e1111111111111111111111111",
    "BPFLoaderUpgradeab1e11111111111111111111111",
    "LoaderV411111111111111111111111111111111111",
    "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
    "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
    "ZkE1Gama1Proof11111111111111111111111111111",
    "metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s",
  ].map((program) => of(program, zeros(4), [BUYER, BOTH], [STRANGER, WRITE]));
  return [...system, ...funded, ...tokens, ...associated, ...others, ...COMPUTE_BUDGET];
}

describe("an instruction that takes something", () => {
  it("has no place in any buy, first or last", async () => {
    for (const [turn, each] of all.entries()) {
      const { draft, meant } = each;
      const token = await tokenAccountOf(BUYER, meant.mint, meant.tokenProgram);
      for (const [at, taking] of (await takings(token)).entries()) {
        if ((at + turn) % 8 !== 0) continue;
        const first = { ...draft, setup: [taking, ...draft.setup] };
        const last = { ...draft, cleanup: [...draft.cleanup, taking] };
        await expectRefused(
          each,
          bytesOf({ ...((at + turn) % 16 === 0 ? first : last), format: WIDEST }),
          `taking ${at}`,
        );
      }
    }
  });
});
