/**
 * Decodes messages exactly as they are signed: legacy, version 0 and version 1, into one shape.
 *
 * All code that makes a decision about a message decodes it here, from the bytes that are signed. Bytes that
 * have more than one possible reading are refused (message-bytes.ts).
 */
import type { Address, Blockhash, ReadonlyUint8Array } from "@solana/kit";
import { CTOError } from "../errors/index.ts";
import {
  CONFIG_BITS,
  type RawLookup,
  type RawMessage,
  readMessageBytes,
  readMessageStart,
} from "./message-bytes.ts";

export type MessageVersion = "legacy" | 0 | 1;

export type MessageAccount = {
  /** Null if the account comes from a lookup table whose addresses were not passed. */
  readonly address: Address | null;
  readonly signer: boolean;
  readonly writable: boolean;
};

export type MessageInstruction = {
  readonly program: Address;
  readonly accounts: readonly MessageAccount[];
  readonly data: ReadonlyUint8Array;
};

/** The limits and the fee of a version 1 message. An absent value counts as zero, not as a default. */
export type MessageConfig = {
  readonly computeUnitLimit?: number;
  /** Bytes. */
  readonly loadedAccountsDataSizeLimit?: number;
  /** For the whole transaction. */
  readonly priorityFeeLamports?: bigint;
  /** Bytes. */
  readonly heapSize?: number;
};

export type DecodedMessage = {
  readonly version: MessageVersion;
  readonly feePayer: Address;
  /** In the order of their signatures; the first pays the fee. */
  readonly signers: readonly Address[];
  /** The accounts of the message itself, then those from lookup tables: the writable ones first. */
  readonly accounts: readonly MessageAccount[];
  readonly instructions: readonly MessageInstruction[];
  readonly blockhash: Blockhash;
  /** Empty in other versions than 1. They use instructions of the compute-budget program instead. */
  readonly config: MessageConfig;
  /** The lookup tables that a version 0 message names. */
  readonly lookupTables: readonly Address[];
};

type Tables = Readonly<Record<Address, readonly Address[]>>;

/**
 * Decodes a message.
 *
 * @param tables the addresses of the lookup tables that it may name
 * @throws `CTO_E_TRANSACTION_UNREADABLE`
 * @example
 * const { feePayer, instructions } = decodeMessage(unsigned.messageBytes);
 */
export function decodeMessage(bytes: ReadonlyUint8Array, tables: Tables = {}): DecodedMessage {
  const message = readRaw(bytes);
  const accounts = [...staticAccounts(message), ...loadedAccounts(message.lookups, tables)];
  const [feePayer, ...others] = message.addresses.slice(0, message.signers);
  if (feePayer === undefined) throw unreadable("it has no signer");
  return {
    version: message.version,
    feePayer,
    signers: [feePayer, ...others],
    accounts,
    instructions: message.instructions.map(({ program, accounts: indices, data }) => ({
      // A program's address never comes from a lookup table.
      program: message.addresses[program] ?? missing(),
      accounts: indices.map((index) => accounts[index] ?? missing()),
      data,
    })),
    blockhash: message.blockhash,
    config: configOf(message),
    lookupTables: message.lookups.map(({ table }) => table),
  };
}

/**
 * Returns who signs a message, and its blockhash, without reading the rest.
 *
 * @param bytes a message that was decoded completely before, as the policy does
 */
export function signersOf(bytes: Uint8Array): Pick<DecodedMessage, "version" | "signers" | "blockhash"> {
  const { version, signers, addresses, blockhash } = readMessageStart(bytes);
  return { version, signers: addresses.slice(0, signers), blockhash };
}

const unreadable = (reason: string, cause?: unknown): CTOError =>
  new CTOError("CTO_E_TRANSACTION_UNREADABLE", { reason }, { cause });

const missing = (): never => {
  throw unreadable("an instruction names an account that it does not have");
};

function readRaw(bytes: ReadonlyUint8Array): RawMessage {
  let message: RawMessage;
  try {
    // We copy the bytes, because the decoded message refers to them.
    message = readMessageBytes(new Uint8Array(bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unreadable(error.message, error);
  }
  if (new Set(message.addresses).size !== message.addresses.length) {
    throw unreadable("it names an account twice");
  }
  return message;
}

function staticAccounts({
  signers,
  readonlySigners,
  readonlyOthers,
  addresses,
}: RawMessage): MessageAccount[] {
  const writableSigners = signers - readonlySigners;
  const writableOthers = addresses.length - readonlyOthers;
  // The fee payer must be a writable signer.
  if (writableSigners < 1 || writableOthers < signers) throw unreadable("its header is not possible");
  const accounts: MessageAccount[] = [];
  for (const address of addresses) {
    const index = accounts.length;
    const signer = index < signers;
    accounts.push({ address, signer, writable: index < (signer ? writableSigners : writableOthers) });
  }
  return accounts;
}

function pick(
  tables: Tables,
  table: Address,
  indexes: readonly number[],
  writable: boolean,
): MessageAccount[] {
  return indexes.map((index) => ({ address: tables[table]?.[index] ?? null, signer: false, writable }));
}

function loadedAccounts(lookups: readonly RawLookup[], tables: Tables): MessageAccount[] {
  return [
    ...lookups.flatMap(({ table, writable }) => pick(tables, table, writable, true)),
    ...lookups.flatMap(({ table, readonly }) => pick(tables, table, readonly, false)),
  ];
}

function configOf({ configMask, configValues }: RawMessage): MessageConfig {
  const config: Record<string, number | bigint | undefined> = {};
  let at = 0;
  for (const { name, bits } of CONFIG_BITS) {
    if ((configMask & bits) !== bits) continue;
    config[name] = configValues[at];
    at += 1;
  }
  return config;
}
