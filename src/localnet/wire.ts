/** Decodes a transaction's wire bytes (legacy, version 0 and version 1) into the parts that the localnet uses. */
import {
  type Address,
  type Blockhash,
  type CompiledTransactionMessage,
  getBase58Decoder,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  getTransactionEncoder,
  type ReadonlyUint8Array,
  type Signature,
  type Transaction,
} from "@solana/kit";

/** The most bytes of a transaction: the content of one packet, and for version 1 the limit of SIMD-0385. */
const MAX_WIRE_SIZE = 1_232;
export const MAX_VERSION_1_SIZE = 4_096;

/** SIMD-0385's limits of a version 1 transaction. */
const VERSION_1 = { signatures: 12, accounts: 64, instructions: 64 } as const;

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

/** The configuration of a version 1 message. An absent value means zero. */
export type WireConfig = {
  /** Lamports. */
  readonly priorityFee: bigint | null;
  readonly computeUnitLimit: number | null;
  /** Bytes. */
  readonly loadedAccountsDataSizeLimit: number | null;
  /** Bytes. */
  readonly heapSize: number | null;
};

export type WireHeader = {
  readonly numSignerAccounts: number;
  readonly numReadonlySignerAccounts: number;
  readonly numReadonlyNonSignerAccounts: number;
};

export type WireTransaction = {
  readonly wire: ReadonlyUint8Array;
  readonly transaction: Transaction;
  /** The first signature, which identifies the transaction. */
  readonly signature: Signature;
  readonly signatures: readonly Signature[];
  readonly fullySigned: boolean;
  readonly version: "legacy" | 0 | 1;
  readonly header: WireHeader;
  readonly staticKeys: readonly Address[];
  readonly blockhash: Blockhash;
  readonly instructions: readonly WireInstruction[];
  readonly lookups: readonly WireLookup[];
  /** Only for version 1. */
  readonly config: WireConfig | null;
};

const NO_BYTES = new Uint8Array(0);

/**
 * LiteSVM ends the process if it cannot read a transaction. Kit's decoders accept bytes that its reader refuses
 * (cut-off or trailing bytes, lengths written in more bytes than needed). We therefore accept only bytes that encode
 * to the same bytes again.
 */
const assertCanonical = (bytes: ReadonlyUint8Array, again: ReadonlyUint8Array): void => {
  if (Buffer.compare(new Uint8Array(bytes), new Uint8Array(again)) !== 0)
    throw new Error("it is cut off or malformed");
};

const instructionsOf = (message: CompiledTransactionMessage): WireInstruction[] =>
  message.version === 1
    ? message.instructionHeaders.map(({ programAccountIndex }, at) => ({
        programIndex: programAccountIndex,
        accountIndices: message.instructionPayloads[at]?.instructionAccountIndices ?? [],
        data: message.instructionPayloads[at]?.instructionData ?? NO_BYTES,
      }))
    : message.instructions.map(({ programAddressIndex, accountIndices, data }) => ({
        programIndex: programAddressIndex,
        accountIndices: accountIndices ?? [],
        data: data ?? NO_BYTES,
      }));

/** The bits of the mask that state which values follow, in their order. */
const CONFIG_BITS = {
  priorityFee: 0b11,
  computeUnitLimit: 0b100,
  loadedAccountsDataSizeLimit: 0b1000,
  heapSize: 0b1_0000,
} as const;

const configOf = (message: CompiledTransactionMessage): WireConfig | null => {
  if (message.version !== 1) return null;
  const { configMask, configValues } = message;
  if (configMask > 0b1_1111) throw new Error("its configuration is not known");
  const values = [...configValues];
  const next = (bits: number) => ((configMask & bits) === bits ? values.shift()?.value : undefined);
  const small = (bits: number) => {
    const value = next(bits);
    return value === undefined ? null : Number(value);
  };
  const fee = next(CONFIG_BITS.priorityFee);
  return {
    priorityFee: fee === undefined ? null : BigInt(fee),
    computeUnitLimit: small(CONFIG_BITS.computeUnitLimit),
    loadedAccountsDataSizeLimit: small(CONFIG_BITS.loadedAccountsDataSizeLimit),
    heapSize: small(CONFIG_BITS.heapSize),
  };
};

const decodeMessage = (bytes: ReadonlyUint8Array) => {
  const message = getCompiledTransactionMessageDecoder().decode(bytes);
  assertCanonical(bytes, getCompiledTransactionMessageEncoder().encode(message));
  const accounts = message.staticAccounts;
  if (accounts.length === 0 || message.header.numSignerAccounts === 0) throw new Error("it has no fee payer");
  const lookups = message.version === 0 ? (message.addressTableLookups ?? []) : [];
  return {
    version: message.version,
    header: message.header,
    staticKeys: accounts,
    blockhash: message.lifetimeToken as Blockhash,
    instructions: instructionsOf(message),
    config: configOf(message),
    lookups: lookups.map((lookup) => ({
      table: lookup.lookupTableAddress,
      writable: lookup.writableIndexes,
      readonly: lookup.readonlyIndexes,
    })),
  };
};

/** Decodes message bytes alone, as `getFeeForMessage` receives them. @throws Error if they are not a message. */
export const decodeWireMessage = decodeMessage;

/**
 * Decodes a signed or unsigned transaction.
 *
 * @throws Error with a readable message if the bytes are not a transaction, or exceed the limits of its version.
 */
export const decodeWire = (wire: ReadonlyUint8Array): WireTransaction => {
  const transaction = getTransactionDecoder().decode(wire);
  assertCanonical(wire, getTransactionEncoder().encode(transaction));
  const message = decodeMessage(transaction.messageBytes);
  requireWithinLimits(message, wire.length);
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

const requireWithinLimits = (
  { version, header, staticKeys, instructions }: ReturnType<typeof decodeMessage>,
  size: number,
): void => {
  const limit = version === 1 ? MAX_VERSION_1_SIZE : MAX_WIRE_SIZE;
  if (size > limit) throw new Error(`too large: ${size} bytes (max: ${limit})`);
  const fits =
    header.numSignerAccounts <= VERSION_1.signatures &&
    staticKeys.length <= VERSION_1.accounts &&
    instructions.length <= VERSION_1.instructions;
  if (version === 1 && !fits) throw new Error("too many signatures, accounts or instructions");
};

/** Returns whether a static key is writable. The header gives the numbers of signers and of read-only keys. */
export const isStaticWritable = (header: WireHeader, total: number, index: number): boolean =>
  index < header.numSignerAccounts
    ? index < header.numSignerAccounts - header.numReadonlySignerAccounts
    : index < total - header.numReadonlyNonSignerAccounts;
