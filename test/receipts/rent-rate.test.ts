/**
 * Tests that the rent rate of a transaction is read from the transaction itself, whichever instruction opened its account:
 * the cluster's rate may be another one when the receipt is checked. Both verifiers read the same.
 */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { getBase58Decoder } from "@solana/kit";
import { expect, it } from "vitest";
import type { ChainTransaction } from "../../src/receipts/chain-reader.ts";
import { walletMinimums } from "../../src/receipts/opened-accounts.ts";
import { findPython, VERIFIER } from "../verifiers/python.ts";

const TODAY = 128n * 696n;
const SYSTEM_PROGRAM = "11111111111111111111111111111111";
const RENT = 5_080n * (128n + 165n);

/** `CreateAccount` (0) and `CreateAccountAllowPrefund` (13): number, lamports, size, owner. */
const created = (kind: number, lamports: bigint): Buffer => {
  const data = Buffer.alloc(52);
  data.writeUInt32LE(kind);
  data.writeBigUInt64LE(lamports, 4);
  data.writeBigUInt64LE(165n, 12);
  return data;
};

/** `CreateAccountWithSeed` (3): number, base, the seed's length, the seed, lamports, size, owner. */
const createdWithSeed = (seed: string): Buffer => {
  const head = Buffer.alloc(44);
  head.writeUInt32LE(3);
  head.writeBigUInt64LE(BigInt(seed.length), 36);
  const tail = Buffer.alloc(48);
  tail.writeBigUInt64LE(RENT);
  tail.writeBigUInt64LE(165n, 8);
  return Buffer.concat([head, Buffer.from(seed), tail]);
};

const transactionOf = (data: Buffer, accounts: number[], before = 0n): ChainTransaction => ({
  slot: 7n,
  meta: { err: null, fee: 5_000n, preBalances: [9_000_000n, before, 1n], postBalances: [1n, RENT, 1n] },
  transaction: {
    signatures: ["signature"],
    message: {
      accountKeys: ["payer", "account", SYSTEM_PROGRAM],
      header: { numRequiredSignatures: 1 },
      instructions: [{ programIdIndex: 2, accounts, data: getBase58Decoder().decode(data) }],
    },
  },
});

const AT_ITS_TIME = 128n * 5_080n;
const CASES: [string, ChainTransaction, bigint][] = [
  ["CreateAccount", transactionOf(created(0, RENT), [0, 1]), AT_ITS_TIME],
  ["CreateAccountWithSeed", transactionOf(createdWithSeed("a seed"), [0, 1, 0]), AT_ITS_TIME],
  ["CreateAccountAllowPrefund", transactionOf(created(13, RENT), [1, 0]), AT_ITS_TIME],
  // A stranger who sends lamports ahead could otherwise choose the rate.
  ["an account that held lamports before", transactionOf(created(13, RENT - 293n), [1, 0], 293n), TODAY],
  ["data that is cut off", transactionOf(createdWithSeed("a seed").subarray(0, 60), [0, 1, 0]), TODAY],
];

it.each(CASES)("by %s", async (_what, transaction, expected) => {
  const minimums = await walletMinimums({ walletMinimum: async () => TODAY }, [transaction]);
  expect(minimums(transaction)).toBe(expected);
});

const python = findPython();
it.skipIf(python === null).each(CASES)("by %s, in the second verifier", (_what, transaction, expected) => {
  const program = `import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify
print(verify.minimums(lambda *_: ${TODAY}, {"signature": json.load(sys.stdin)})["signature"])`;
  const input = JSON.stringify(transaction, (_key, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  const { stdout, stderr } = spawnSync(python ?? "", ["-c", program, dirname(VERIFIER)], { input });
  expect([stderr.toString(), stdout.toString().trim()]).toEqual(["", String(expected)]);
});
