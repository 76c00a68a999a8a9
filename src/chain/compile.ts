/**
 * Compiles instructions into a message without lookup tables: the same message as kit's compiler makes, in less time.
 * test/chain/compile.test.ts compares both. It leaves to kit what it does not know.
 */
import {
  type AccountMeta,
  AccountRole,
  type Instruction,
  isSignerRole,
  isWritableRole,
  type ReadonlyUint8Array,
} from "@solana/kit";
import { compareAddresses } from "../base/compare-addresses.ts";
import { MessageWriter, writeHeader } from "../base/message-writer.ts";
import type { Address, TransactionDraft } from "../engine/ports.ts";

/** The limits and the fee of a version 1 message. */
export type Config = {
  readonly priorityFeeLamports: bigint;
  readonly computeUnitLimit: number;
  readonly loadedAccountsDataSizeLimit: number;
};

/** An account, what the instructions need of it, and its place in the message. */
type Account = { readonly address: Address; role: AccountRole; at: number };

type Accounts = Map<Address, Account>;

function add(accounts: Accounts, address: Address, role: AccountRole): void {
  const known = accounts.get(address);
  if (known === undefined) accounts.set(address, { address, role, at: 0 });
  else known.role |= role;
}

const MOST_ACCOUNTS_OF_ONE = 255;

/** Returns every account with all that any instruction needs of it, the payer first; null if kit has to judge it. */
function accountsOf(feePayer: Address, instructions: readonly Instruction[]): Accounts | null {
  const accounts: Accounts = new Map();
  add(accounts, feePayer, AccountRole.WRITABLE_SIGNER);
  for (const { programAddress, accounts: named = [] } of instructions) {
    if (named.length > MOST_ACCOUNTS_OF_ONE) return null;
    add(accounts, programAddress, AccountRole.READONLY);
    for (const each of named) {
      if ("lookupTableAddress" in each) return null;
      add(accounts, each.address, each.role);
    }
  }
  // No message can express a program that is writable or pays the fee. Kit names it.
  for (const { programAddress } of instructions) if (isWritable(accounts, programAddress)) return null;
  return accounts;
}

const isWritable = (accounts: Accounts, address: Address): boolean =>
  isWritableRole(accounts.get(address)?.role ?? AccountRole.WRITABLE);

/** Signers before others, and writable accounts before others. */
const inOrder = (a: Account, b: Account): number => b.role - a.role || compareAddresses(a.address, b.address);

/** Gives each account its place: the payer's is the first. */
function inPlaces(accounts: Accounts): Account[] {
  const [payer, ...others] = accounts.values();
  const ordered = payer === undefined ? [] : [payer, ...others.sort(inOrder)];
  let at = 0;
  for (const account of ordered) {
    account.at = at;
    at += 1;
  }
  return ordered;
}

function headerOf(accounts: readonly Account[]) {
  const header = { numSignerAccounts: 0, numReadonlySignerAccounts: 0, numReadonlyNonSignerAccounts: 0 };
  for (const { role } of accounts) {
    if (isSignerRole(role)) header.numSignerAccounts += 1;
    if (isWritableRole(role)) continue;
    if (isSignerRole(role)) header.numReadonlySignerAccounts += 1;
    else header.numReadonlyNonSignerAccounts += 1;
  }
  return header;
}

/** Writes where the accounts of an instruction stand. Each of them is one of the message's. */
function writePlaces(writer: MessageWriter, accounts: Accounts, named: readonly AccountMeta[]): void {
  for (const { address } of named) writer.u8((accounts.get(address) as Account).at);
}

const NO_ACCOUNTS: readonly AccountMeta[] = [];
const NO_DATA: ReadonlyUint8Array = new Uint8Array(0);

/** Version 0: the instructions one after the other, and no lookup tables. */
function writeShort(writer: MessageWriter, accounts: Accounts, instructions: readonly Instruction[]): void {
  writer.length(instructions.length);
  for (const { programAddress, accounts: named = NO_ACCOUNTS, data = NO_DATA } of instructions) {
    writer.u8((accounts.get(programAddress) as Account).at);
    writer.length(named.length);
    writePlaces(writer, accounts, named);
    writer.length(data.length);
    writer.put(data);
  }
  writer.length(0);
}

/** Version 1 (SIMD-0385): the lengths of all instructions, then their contents. */
function writeVersionOne(
  writer: MessageWriter,
  accounts: Accounts,
  instructions: readonly Instruction[],
): void {
  for (const { programAddress, accounts: named = NO_ACCOUNTS, data = NO_DATA } of instructions) {
    writer.u8((accounts.get(programAddress) as Account).at);
    writer.u8(named.length);
    writer.u16(data.length);
  }
  for (const { accounts: named = NO_ACCOUNTS, data = NO_DATA } of instructions) {
    writePlaces(writer, accounts, named);
    writer.put(data);
  }
}

/** The mask of a message that has the three values of {@link Config}. */
const THREE_VALUES = 0b1111;

/**
 * Returns the message's bytes and who signs it, or null if kit has to compile it.
 *
 * @param config null for version 0
 */
export function compileMessage(
  { feePayer, lifetime }: Pick<TransactionDraft, "feePayer" | "lifetime">,
  instructions: readonly Instruction[],
  config: Config | null,
): { readonly messageBytes: Uint8Array; readonly signers: Address[] } | null {
  const accounts = accountsOf(feePayer, instructions);
  if (accounts === null) return null;
  const ordered = inPlaces(accounts);
  const header = headerOf(ordered);
  const writer = new MessageWriter();
  writeHeader(writer, config === null ? 0 : 1, header);
  if (config === null) {
    writer.length(ordered.length);
    for (const { address } of ordered) writer.address(address);
    writer.address(lifetime.blockhash);
    writeShort(writer, accounts, instructions);
  } else {
    writer.u32(THREE_VALUES);
    writer.address(lifetime.blockhash);
    writer.u8(instructions.length);
    writer.u8(ordered.length);
    for (const { address } of ordered) writer.address(address);
    writer.u64(config.priorityFeeLamports);
    writer.u32(config.computeUnitLimit);
    writer.u32(config.loadedAccountsDataSizeLimit);
    writeVersionOne(writer, accounts, instructions);
  }
  const signers = ordered.slice(0, header.numSignerAccounts).map(({ address }) => address);
  return { messageBytes: writer.whole(), signers };
}
