/**
 * Messages, as they are signed: legacy, version 0 and version 1, read into one shape.
 *
 * Whatever decides about a message reads it here, from the very bytes that are signed. Bytes that could be read in
 * more than one way are refused: they must encode to themselves again.
 */
import {
  type Address,
  type Blockhash,
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  type ReadonlyUint8Array,
} from "@solana/kit";
import { CTOError } from "../errors/index.ts";

export type MessageVersion = "legacy" | 0 | 1;

export type MessageAccount = {
  /** Null where it stands in a lookup table whose addresses were not given. */
  readonly address: Address | null;
  readonly signer: boolean;
  readonly writable: boolean;
};

export type MessageInstruction = {
  readonly program: Address;
  readonly accounts: readonly MessageAccount[];
  readonly data: ReadonlyUint8Array;
};

/** What a version 1 message asks for. What is absent counts as zero, not as a default. */
export type MessageConfig = {
  readonly computeUnitLimit?: number;
  /** Bytes. */
  readonly loadedAccountsDataSizeLimit?: number;
  /** Of the whole transaction. */
  readonly priorityFeeLamports?: bigint;
  /** Bytes. */
  readonly heapSize?: number;
};

export type DecodedMessage = {
  readonly version: MessageVersion;
  readonly feePayer: Address;
  /** In the order of their signatures; the first pays the fee. */
  readonly signers: readonly Address[];
  /** Those that stand in the message itself, then what it loads from lookup tables: writable ones, then the others. */
  readonly accounts: readonly MessageAccount[];
  readonly instructions: readonly MessageInstruction[];
  readonly blockhash: Blockhash;
  /** Empty in a message of another version than 1, which asks with instructions of the compute-budget program. */
  readonly config: MessageConfig;
  /** The lookup tables that a version 0 message names. */
  readonly lookupTables: readonly Address[];
};

type Compiled = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;
type Tables = Readonly<Record<Address, readonly Address[]>>;

/**
 * Reads a message.
 *
 * @param tables the addresses of the lookup tables that it may name
 * @throws `CTO_E_TRANSACTION_UNREADABLE`
 * @example
 * const { feePayer, instructions } = decodeMessage(unsigned.messageBytes);
 */
export function decodeMessage(bytes: ReadonlyUint8Array, tables: Tables = {}): DecodedMessage {
  const message = readCompiled(bytes);
  const lookups = message.version === 0 ? (message.addressTableLookups ?? []) : [];
  const accounts = [...staticAccounts(message), ...loadedAccounts(lookups, tables)];
  const [feePayer, ...others] = message.staticAccounts.slice(0, message.header.numSignerAccounts);
  if (feePayer === undefined) throw unreadable("it has no signer");
  return {
    version: message.version,
    feePayer,
    signers: [feePayer, ...others],
    accounts,
    instructions: compiledInstructions(message).map(({ program, accounts: indices, data }) => ({
      // A program never stands in a lookup table.
      program: message.staticAccounts[program] ?? missing(),
      accounts: indices.map((index) => accounts[index] ?? missing()),
      data,
    })),
    blockhash: message.lifetimeToken as Blockhash,
    config: message.version === 1 ? configOf(message) : {},
    lookupTables: lookups.map(({ lookupTableAddress }) => lookupTableAddress),
  };
}

const unreadable = (reason: string, cause?: unknown): CTOError =>
  new CTOError("CTO_E_TRANSACTION_UNREADABLE", { reason }, { cause });

const missing = (): never => {
  throw unreadable("an instruction names an account that it does not have");
};

function readCompiled(bytes: ReadonlyUint8Array): Compiled {
  let message: Compiled;
  let again: ReadonlyUint8Array;
  try {
    message = getCompiledTransactionMessageDecoder().decode(bytes);
    again = getCompiledTransactionMessageEncoder().encode(message);
  } catch (error) {
    throw unreadable("it is cut off, or of an unknown version", error);
  }
  // Kit's decoder forgives what a node does not: bytes left over, lengths in more bytes than needed, unknown config.
  if (Buffer.compare(Uint8Array.from(bytes), Uint8Array.from(again)) !== 0) {
    throw unreadable("its bytes are not those that it stands for");
  }
  if (new Set(message.staticAccounts).size !== message.staticAccounts.length) {
    throw unreadable("it names an account twice");
  }
  return message;
}

function staticAccounts({ header, staticAccounts: addresses }: Compiled): MessageAccount[] {
  const { numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts } = header;
  const writableSigners = numSignerAccounts - numReadonlySignerAccounts;
  const writableOthers = addresses.length - numReadonlyNonSignerAccounts;
  // The fee payer is a signer that is written to.
  if (writableSigners < 1 || writableOthers < numSignerAccounts)
    throw unreadable("its header is not possible");
  return addresses.map((address, index) => {
    const signer = index < numSignerAccounts;
    return { address, signer, writable: index < (signer ? writableSigners : writableOthers) };
  });
}

type Lookup = {
  readonly lookupTableAddress: Address;
  readonly writableIndexes: readonly number[];
  readonly readonlyIndexes: readonly number[];
};

function loadedAccounts(lookups: readonly Lookup[], tables: Tables): MessageAccount[] {
  const pick = (table: Address, indexes: readonly number[], writable: boolean): MessageAccount[] =>
    indexes.map((index) => ({ address: tables[table]?.[index] ?? null, signer: false, writable }));
  return [
    ...lookups.flatMap((each) => pick(each.lookupTableAddress, each.writableIndexes, true)),
    ...lookups.flatMap((each) => pick(each.lookupTableAddress, each.readonlyIndexes, false)),
  ];
}

type ByIndex = {
  readonly program: number;
  readonly accounts: readonly number[];
  readonly data: ReadonlyUint8Array;
};

const NO_BYTES = new Uint8Array(0);

function compiledInstructions(message: Compiled): ByIndex[] {
  if (message.version !== 1) {
    return message.instructions.map(({ programAddressIndex, accountIndices, data }) => ({
      program: programAddressIndex,
      accounts: accountIndices ?? [],
      data: data ?? NO_BYTES,
    }));
  }
  return message.instructionHeaders.map(({ programAccountIndex }, at) => ({
    program: programAccountIndex,
    accounts: message.instructionPayloads[at]?.instructionAccountIndices ?? [],
    data: message.instructionPayloads[at]?.instructionData ?? NO_BYTES,
  }));
}

/** The mask's bits, and the order of the values that follow it (SIMD-0385). */
const CONFIG = [
  ["priorityFeeLamports", 0b11],
  ["computeUnitLimit", 0b100],
  ["loadedAccountsDataSizeLimit", 0b1000],
  ["heapSize", 0b10000],
] as const;
const KNOWN_CONFIG = CONFIG.reduce((all, [, bits]) => all | bits, 0);

function configOf({ configMask, configValues }: Extract<Compiled, { version: 1 }>): MessageConfig {
  if ((configMask & ~KNOWN_CONFIG) !== 0) throw unreadable("it asks for what is not known");
  const named = CONFIG.filter(([, bits]) => (configMask & bits) === bits);
  return Object.fromEntries(named.map(([name], at) => [name, configValues[at]?.value]));
}
