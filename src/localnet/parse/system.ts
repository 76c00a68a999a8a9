/**
 * Parses system-program instructions by name (numbers and fields: `solana-system-interface`, names: agave's
 * `parse_system`).
 */
import type { DataReader } from "./data-reader.ts";
import type { KeyedInstruction, Parsed } from "./types.ts";

type Reader = (accounts: readonly string[], data: DataReader) => Record<string, unknown>;

const TYPES: readonly (readonly [type: string, info: Reader])[] = [
  [
    "createAccount",
    ([source, newAccount], data) => ({
      source,
      newAccount,
      lamports: data.u64(),
      space: data.u64(),
      owner: data.address(),
    }),
  ],
  ["assign", ([account], data) => ({ account, owner: data.address() })],
  ["transfer", ([source, destination], data) => ({ source, destination, lamports: data.u64() })],
  [
    "createAccountWithSeed",
    ([source, newAccount], data) => ({
      source,
      newAccount,
      base: data.address(),
      seed: data.string(),
      lamports: data.u64(),
      space: data.u64(),
      owner: data.address(),
    }),
  ],
  [
    "advanceNonce",
    ([nonceAccount, recentBlockhashesSysvar, nonceAuthority]) => ({
      nonceAccount,
      recentBlockhashesSysvar,
      nonceAuthority,
    }),
  ],
  [
    "withdrawFromNonce",
    ([nonceAccount, destination, recentBlockhashesSysvar, rentSysvar, nonceAuthority], data) => ({
      nonceAccount,
      destination,
      recentBlockhashesSysvar,
      rentSysvar,
      nonceAuthority,
      lamports: data.u64(),
    }),
  ],
  [
    "initializeNonce",
    ([nonceAccount, recentBlockhashesSysvar, rentSysvar], data) => ({
      nonceAccount,
      recentBlockhashesSysvar,
      rentSysvar,
      nonceAuthority: data.address(),
    }),
  ],
  [
    "authorizeNonce",
    ([nonceAccount, nonceAuthority], data) => ({
      nonceAccount,
      nonceAuthority,
      newAuthorized: data.address(),
    }),
  ],
  ["allocate", ([account], data) => ({ account, space: data.u64() })],
  [
    "allocateWithSeed",
    ([account], data) => ({
      account,
      base: data.address(),
      seed: data.string(),
      space: data.u64(),
      owner: data.address(),
    }),
  ],
  [
    "assignWithSeed",
    ([account], data) => ({ account, base: data.address(), seed: data.string(), owner: data.address() }),
  ],
  [
    "transferWithSeed",
    ([source, sourceBase, destination], data) => ({
      source,
      sourceBase,
      destination,
      lamports: data.u64(),
      sourceSeed: data.string(),
      sourceOwner: data.address(),
    }),
  ],
];

/** Returns null for an instruction that is not in the table. @throws RangeError if the data is too short. */
export const parseSystem = ({ accounts }: KeyedInstruction, data: DataReader): Parsed | null => {
  const found = TYPES[data.u32()];
  return found === undefined ? null : { type: found[0], info: found[1](accounts, data) };
};
