/** Decodes a transaction's wire bytes (legacy and v0) into the parts that the localnet works with. */
import {
  type Address,
  type Blockhash,
  getBase58Decoder,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  getTransactionEncoder,
  type ReadonlyUint8Array,
  type Signature,
  type Transaction,
} from "@solana/kit";

/** Bytes that fit into one packet, and so into one transaction. */
export const MAX_WIRE_SIZE = 1232;

export type WireInstruction = {
  readonly programIndex: number;
  readonly accountIndices: readonly number[];
  readonly data: ReadonlyUint8Array;
};

type WireLookup = {
  readonly table: Address;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
};

export type WireHeader = {
  readonly numSignerAccounts: number;
  readonly numReadonlySignerAccounts: number;
  readonly numReadonlyNonSignerAccounts: number;
};

export type WireTransaction = {
  readonly wire: ReadonlyUint8Array;
  readonly transaction: Transaction;
  /** The first signature: the transaction's name. */
  readonly signature: Signature;
  readonly signatures: readonly Signature[];
  readonly fullySigned: boolean;
  readonly version: "legacy" | 0;
  readonly header: WireHeader;
  readonly staticKeys: readonly Address[];
  readonly blockhash: Blockhash;
  readonly instructions: readonly WireInstruction[];
  readonly lookups: readonly WireLookup[];
};

const NO_BYTES = new Uint8Array(0);

/**
 * LiteSVM ends the process when it cannot read a transaction, and kit's decoders forgive what its reader does not
 * (cut-off or trailing bytes, lengths written in more bytes than needed). So only bytes that encode again to
 * themselves are let through.
 */
const assertCanonical = (bytes: ReadonlyUint8Array, again: ReadonlyUint8Array): void => {
  if (Buffer.compare(new Uint8Array(bytes), new Uint8Array(again)) !== 0)
    throw new Error("it is cut off or malformed");
};

const decodeMessage = (bytes: ReadonlyUint8Array) => {
  const message = getCompiledTransactionMessageDecoder().decode(bytes);
  if (message.version !== "legacy" && message.version !== 0) {
    throw new Error(`transaction version ${message.version} is not supported`);
  }
  assertCanonical(bytes, getCompiledTransactionMessageEncoder().encode(message));
  const accounts = message.staticAccounts;
  if (accounts.length === 0 || message.header.numSignerAccounts === 0) throw new Error("it has no fee payer");
  const lookups = message.version === 0 ? (message.addressTableLookups ?? []) : [];
  return {
    version: message.version,
    header: message.header,
    staticKeys: accounts,
    blockhash: message.lifetimeToken as Blockhash,
    instructions: message.instructions.map((instruction) => ({
      programIndex: instruction.programAddressIndex,
      accountIndices: instruction.accountIndices ?? [],
      data: instruction.data ?? NO_BYTES,
    })),
    lookups: lookups.map((lookup) => ({
      table: lookup.lookupTableAddress,
      writable: lookup.writableIndexes,
      readonly: lookup.readonlyIndexes,
    })),
  };
};

/** Decodes message bytes alone, as `getFeeForMessage` gets them. @throws Error when they are not a legacy or v0 message. */
export const decodeWireMessage = decodeMessage;

/**
 * Decodes a signed or unsigned transaction.
 *
 * @throws Error with a readable message when the bytes are not a legacy or v0 transaction.
 */
export const decodeWire = (wire: ReadonlyUint8Array): WireTransaction => {
  const transaction = getTransactionDecoder().decode(wire);
  assertCanonical(wire, getTransactionEncoder().encode(transaction));
  const message = decodeMessage(transaction.messageBytes);
  const known =
    message.staticKeys.length +
    message.lookups.reduce((n, l) => n + l.writable.length + l.readonly.length, 0);
  for (const { programIndex, accountIndices } of message.instructions) {
    if (programIndex >= message.staticKeys.length || accountIndices.some((index) => index >= known)) {
      throw new Error("an instruction names an account that the transaction does not have");
    }
  }
  const raw = message.staticKeys
    .slice(0, message.header.numSignerAccounts)
    .map((key) => transaction.signatures[key] ?? null);
  const signatures = raw.map((bytes) => getBase58Decoder().decode(bytes ?? new Uint8Array(64)) as Signature);
  const [signature] = signatures;
  if (signature === undefined) throw new Error("it has no signature");
  const fullySigned = raw.every((bytes) => bytes !== null);
  return { ...message, wire, transaction, signature, signatures, fullySigned };
};

/** Where each key stands: signer or not, writable or not. Loaded keys follow the static ones, writable first. */
export const isStaticWritable = (header: WireHeader, total: number, index: number): boolean =>
  index < header.numSignerAccounts
    ? index < header.numSignerAccounts - header.numReadonlySignerAccounts
    : index < total - header.numReadonlyNonSignerAccounts;
