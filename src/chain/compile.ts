/**
 * Compiles instructions into a message without lookup tables: the same message as kit's compiler makes, in less time.
 * test/chain/compile.test.ts compares both. It leaves to kit what it does not know.
 */
import {
  AccountRole,
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  type Instruction,
  isSignerRole,
  isWritableRole,
} from "@solana/kit";
import { compareAddresses } from "../base/compare-addresses.ts";
import type { Address, TransactionDraft } from "../engine/ports.ts";

export type Compiled = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;

/** The limits and the fee of a version 1 message. */
export type Config = {
  readonly priorityFeeLamports: bigint;
  readonly computeUnitLimit: number;
  readonly loadedAccountsDataSizeLimit: number;
};

type Account = { readonly address: Address; role: AccountRole };

type Accounts = Map<Address, Account>;

function add(accounts: Accounts, address: Address, role: AccountRole): void {
  const known = accounts.get(address);
  if (known === undefined) accounts.set(address, { address, role });
  else known.role |= role;
}

const MOST_ACCOUNTS_OF_ONE = 255;

/** Returns every account with all that any instruction needs of it, the payer first; null if kit has to judge it. */
function accountsOf(feePayer: Address, instructions: readonly Instruction[]): Account[] | null {
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
  const isExpressible = instructions.every(
    ({ programAddress }) => !isWritableRole(accounts.get(programAddress)?.role ?? AccountRole.WRITABLE),
  );
  return isExpressible ? [...accounts.values()] : null;
}

/** Signers before others, and writable accounts before others. */
const inOrder = (a: Account, b: Account): number => b.role - a.role || compareAddresses(a.address, b.address);

function headerOf(accounts: readonly Account[]): Compiled["header"] {
  const header = { numSignerAccounts: 0, numReadonlySignerAccounts: 0, numReadonlyNonSignerAccounts: 0 };
  for (const { role } of accounts) {
    if (isSignerRole(role)) header.numSignerAccounts += 1;
    if (isWritableRole(role)) continue;
    if (isSignerRole(role)) header.numReadonlySignerAccounts += 1;
    else header.numReadonlyNonSignerAccounts += 1;
  }
  return header;
}

/** The message names all three values, in this order (SIMD-0385). */
const configOf = (
  config: Config,
): Pick<Extract<Compiled, { version: 1 }>, "configMask" | "configValues"> => ({
  configMask: 0b1111,
  configValues: [
    { kind: "u64", value: config.priorityFeeLamports },
    { kind: "u32", value: config.computeUnitLimit },
    { kind: "u32", value: config.loadedAccountsDataSizeLimit },
  ],
});

const NO_DATA = new Uint8Array(0);

/**
 * Returns the compiled message, or null if kit has to compile it.
 *
 * @param config null for version 0
 */
export function compileParts(
  { feePayer, lifetime }: Pick<TransactionDraft, "feePayer" | "lifetime">,
  instructions: readonly Instruction[],
  config: Config | null,
): Compiled | null {
  const [payer, ...others] = accountsOf(feePayer, instructions) ?? [];
  if (payer === undefined) return null;
  const accounts = [payer, ...others.sort(inOrder)];
  const positions = new Map(accounts.map(({ address }, at) => [address, at]));
  // Every account of an instruction is one of the message's.
  const positionOf = (address: Address): number => positions.get(address) as number;
  const shared = {
    header: headerOf(accounts),
    staticAccounts: accounts.map(({ address }) => address),
    lifetimeToken: lifetime.blockhash,
  };
  if (config === null) {
    return {
      ...shared,
      version: 0,
      instructions: instructions.map(({ programAddress, accounts: named = [], data = NO_DATA }) => ({
        programAddressIndex: positionOf(programAddress),
        accountIndices: named.map(({ address }) => positionOf(address)),
        data,
      })),
    };
  }
  return {
    ...shared,
    ...configOf(config),
    version: 1,
    numInstructions: instructions.length,
    numStaticAccounts: accounts.length,
    instructionHeaders: instructions.map(({ programAddress, accounts: named = [], data = NO_DATA }) => ({
      programAccountIndex: positionOf(programAddress),
      numInstructionAccounts: named.length,
      numInstructionDataBytes: data.length,
    })),
    instructionPayloads: instructions.map(({ accounts: named = [], data = NO_DATA }) => ({
      instructionAccountIndices: named.map(({ address }) => positionOf(address)),
      instructionData: data,
    })),
  };
}
