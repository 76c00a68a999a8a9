/**
 * Parses token instructions by name, for SPL Token and Token-2022's shared part (numbers: `spl_token::instruction`,
 * names: agave's `parse_token`).
 */
import { uiAmount } from "../token-account.ts";
import type { DataReader } from "./data-reader.ts";
import type { KeyedInstruction, Parsed } from "./types.ts";

type Keys = readonly string[];
type Reader = (accounts: Keys, data: DataReader) => Record<string, unknown>;

const AUTHORITY_TYPES = ["mintTokens", "freezeAccount", "accountOwner", "closeAccount"] as const;

/** A single signer has the plain name; a multisig has the multisig name, and its signers follow. */
const signedBy = (
  accounts: Keys,
  index: number,
  name: string,
  multisigName: string,
): Record<string, unknown> => {
  const signers = accounts.slice(index + 1);
  return signers.length === 0 ? { [name]: accounts[index] } : { [multisigName]: accounts[index], signers };
};

const byAuthority = (accounts: Keys, index: number) =>
  signedBy(accounts, index, "authority", "multisigAuthority");
const byOwner = (accounts: Keys, index: number) => signedBy(accounts, index, "owner", "multisigOwner");

const amount = (data: DataReader) => ({ amount: data.u64().toString() });

const tokenAmount = (data: DataReader) => {
  const units = data.u64();
  return { tokenAmount: uiAmount(units, data.u8()) };
};

const mintInfo = (data: DataReader) => {
  const decimals = data.u8();
  const mintAuthority = data.address();
  const freezeAuthority = data.optionalAddress();
  return { decimals, mintAuthority, ...(freezeAuthority !== null && { freezeAuthority }) };
};

/** The name of an authority depends on the object that it controls. */
const setAuthority: Reader = (accounts, data) => {
  const authorityType = AUTHORITY_TYPES[data.u8()];
  if (authorityType === undefined) throw new RangeError("unknown authority type");
  const over = authorityType === "mintTokens" || authorityType === "freezeAccount" ? "mint" : "account";
  return {
    [over]: accounts[0],
    authorityType,
    newAuthority: data.optionalAddress(),
    ...byAuthority(accounts, 1),
  };
};

const TYPES: Readonly<Record<number, readonly [type: string, info: Reader]>> = {
  0: ["initializeMint", ([mint, rentSysvar], data) => ({ mint, ...mintInfo(data), rentSysvar })],
  1: ["initializeAccount", ([account, mint, owner, rentSysvar]) => ({ account, mint, owner, rentSysvar })],
  2: [
    "initializeMultisig",
    ([multisig, rentSysvar, ...signers], data) => ({ multisig, rentSysvar, signers, m: data.u8() }),
  ],
  3: ["transfer", (a, data) => ({ source: a[0], destination: a[1], ...amount(data), ...byAuthority(a, 2) })],
  4: ["approve", (a, data) => ({ source: a[0], delegate: a[1], ...amount(data), ...byOwner(a, 2) })],
  5: ["revoke", (a) => ({ source: a[0], ...byOwner(a, 1) })],
  6: ["setAuthority", setAuthority],
  7: [
    "mintTo",
    (a, data) => ({
      mint: a[0],
      account: a[1],
      ...amount(data),
      ...signedBy(a, 2, "mintAuthority", "multisigMintAuthority"),
    }),
  ],
  8: ["burn", (a, data) => ({ account: a[0], mint: a[1], ...amount(data), ...byAuthority(a, 2) })],
  9: ["closeAccount", (a) => ({ account: a[0], destination: a[1], ...byOwner(a, 2) })],
  10: [
    "freezeAccount",
    (a) => ({ account: a[0], mint: a[1], ...signedBy(a, 2, "freezeAuthority", "multisigFreezeAuthority") }),
  ],
  11: [
    "thawAccount",
    (a) => ({ account: a[0], mint: a[1], ...signedBy(a, 2, "freezeAuthority", "multisigFreezeAuthority") }),
  ],
  12: [
    "transferChecked",
    (a, data) => ({
      source: a[0],
      mint: a[1],
      destination: a[2],
      ...tokenAmount(data),
      ...byAuthority(a, 3),
    }),
  ],
  13: [
    "approveChecked",
    (a, data) => ({ source: a[0], mint: a[1], delegate: a[2], ...tokenAmount(data), ...byOwner(a, 3) }),
  ],
  14: [
    "mintToChecked",
    (a, data) => ({
      mint: a[0],
      account: a[1],
      ...tokenAmount(data),
      ...signedBy(a, 2, "mintAuthority", "multisigMintAuthority"),
    }),
  ],
  15: [
    "burnChecked",
    (a, data) => ({ account: a[0], mint: a[1], ...tokenAmount(data), ...byAuthority(a, 2) }),
  ],
  16: [
    "initializeAccount2",
    ([account, mint, rentSysvar], data) => ({ account, mint, owner: data.address(), rentSysvar }),
  ],
  17: ["syncNative", ([account]) => ({ account })],
  18: ["initializeAccount3", ([account, mint], data) => ({ account, mint, owner: data.address() })],
  20: ["initializeMint2", ([mint], data) => ({ mint, ...mintInfo(data) })],
  21: ["getAccountDataSize", ([mint]) => ({ mint })],
  22: ["initializeImmutableOwner", ([account]) => ({ account })],
};

/** Returns null for an instruction that is not in the table. @throws RangeError if the data is too short. */
export const parseToken = ({ accounts }: KeyedInstruction, data: DataReader): Parsed | null => {
  const found = TYPES[data.u8()];
  return found === undefined ? null : { type: found[0], info: found[1](accounts, data) };
};
