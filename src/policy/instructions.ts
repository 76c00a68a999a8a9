/**
 * Defines the instructions that we build ourselves, byte by byte, as the programs' documents define them.
 * This repeats on purpose what libraries compose elsewhere: the policy compares the two.
 */
import { type Address, address } from "@solana/kit";
import { bytesOfAddress } from "../base/base58.ts";
import { pda } from "../venues/pda.ts";
import type { Exactly } from "./slots.ts";

export const SYSTEM = address("11111111111111111111111111111111");
export const TOKEN = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
export const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
export const ASSOCIATED_TOKEN = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
const RENT = address("SysvarRent111111111111111111111111111111111");
const COMPUTE_BUDGET = address("ComputeBudget111111111111111111111111111111");
const MEMO = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
const LOOKUP_TABLES = address("AddressLookupTab1e1111111111111111111111111");

/** Eight bytes in little-endian order, as all these programs read integers. */
export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

export const u32 = (value: number): Uint8Array => u64(BigInt(value)).subarray(0, 4);

/** @param data the parts of the instruction's data, in their order */
export function exactly(
  program: Address,
  accounts: readonly Address[],
  ...data: readonly ArrayLike<number>[]
): Exactly {
  const whole = new Uint8Array(data.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of data) {
    whole.set(part, at);
    at += part.length;
  }
  return { program, accounts, data: whole };
}

export const setComputeUnitLimit = (units: number): Exactly => exactly(COMPUTE_BUDGET, [], [2], u32(units));

export const setComputeUnitPrice = (microLamports: bigint): Exactly =>
  exactly(COMPUTE_BUDGET, [], [3], u64(microLamports));

export const memo = (text: string, signer: Address): Exactly => exactly(MEMO, [signer], Buffer.from(text));

export const transfer = (from: Address, to: Address, lamports: bigint): Exactly =>
  exactly(SYSTEM, [from, to], u32(2), u64(lamports));

/** Returns the associated token account. */
export const accountOf = (owner: Address, mint: Address, tokenProgram: Address): Promise<Address> =>
  pda(ASSOCIATED_TOKEN, { address: owner }, { address: tokenProgram }, { address: mint });

/** Builds a `CreateIdempotent` instruction. */
export const openAccount = async (
  payer: Address,
  owner: Address,
  mint: Address,
  tokenProgram: Address,
): Promise<Exactly> => {
  const account = await accountOf(owner, mint, tokenProgram);
  return exactly(ASSOCIATED_TOKEN, [payer, account, owner, mint, SYSTEM, tokenProgram], [1]);
};

/**
 * Libraries add the rent sysvar as a second account. The program does not need it, so both forms are accepted.
 */
export const syncNative = (account: Address): readonly Exactly[] => [
  exactly(TOKEN, [account], [17]),
  exactly(TOKEN, [account, RENT], [17]),
];

/**
 * Transfers from an account to itself. Nothing moves, and the transfer fails if the account holds less than `amount`.
 */
export const holdsAtLeast = (
  tokenProgram: Address,
  account: Address,
  { mint, decimals, owner, amount }: { mint: Address; decimals: number; owner: Address; amount: bigint },
): Exactly => exactly(tokenProgram, [account, mint, account, owner], [12], u64(amount), [decimals]);

/** Takes from an account's delegate the right to spend from it. */
export const revoke = (tokenProgram: Address, account: Address, owner: Address): Exactly =>
  exactly(tokenProgram, [account, owner], [5]);

/** Closes an account. Its owner receives the lamports. */
export const closeAccount = (tokenProgram: Address, account: Address, owner: Address): Exactly =>
  exactly(tokenProgram, [account, owner, owner], [9]);

const TABLE_SEEDS = { create: 0, extend: 2 } as const;

const tableAccounts = (table: Address, authority: Address): Address[] => [
  table,
  authority,
  authority,
  SYSTEM,
];

/**
 * Checks that an instruction creates this table. The composer chooses the slot that the table's address derives from.
 */
export const createsTable = (table: Address, authority: Address) => ({
  program: LOOKUP_TABLES,
  check: ({ accounts, data }: Exactly): string | null => {
    if (!sameAddresses(accounts, tableAccounts(table, authority))) return "its accounts are not the table's";
    const isCreation =
      data.length === 13 &&
      TABLE_SEEDS.create === new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    return isCreation ? null : "it does not create the table";
  },
});

/** Checks that an instruction adds only addresses that the table may hold. */
export const extendsTable = (table: Address, authority: Address, entries: readonly Address[]) => ({
  program: LOOKUP_TABLES,
  check: ({ accounts, data }: Exactly): string | null => {
    if (!sameAddresses(accounts, tableAccounts(table, authority))) return "its accounts are not the table's";
    const count = (data.length - 12) / 32;
    const head = [...u32(TABLE_SEEDS.extend), ...u64(BigInt(Number.isInteger(count) ? count : 0))];
    if (count < 1 || !head.every((byte, at) => data[at] === byte)) return "it does not extend the table";
    const allowed = new Set(
      entries.map((entry) => Buffer.from(Uint8Array.from(bytesOfAddress(entry))).toString("hex")),
    );
    const added = Array.from({ length: count }, (_, at) => data.subarray(12 + 32 * at, 44 + 32 * at));
    return added.every((one) => allowed.has(Buffer.from(one).toString("hex")))
      ? null
      : "it adds an address that the table is not meant to hold";
  },
});

const sameAddresses = (a: readonly Address[], b: readonly Address[]): boolean =>
  a.length === b.length && a.every((each, at) => each === b[at]);
