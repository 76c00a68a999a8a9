/**
 * Reads the bytes of a message strictly. We refuse bytes that a node would refuse or could
 * read differently: a length in more bytes than it needs, leftover bytes, unknown limits. Kit's codecs do the
 * same but take twenty times as long; test/base/message-bytes.test.ts compares both.
 */
import type { Address, Blockhash } from "@solana/kit";
import { addressIn } from "./base58.ts";

export type RawInstruction = {
  readonly program: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
};

export type RawLookup = {
  readonly table: Address;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
};

export type RawMessage = {
  readonly version: "legacy" | 0 | 1;
  readonly signers: number;
  readonly readonlySigners: number;
  readonly readonlyOthers: number;
  readonly addresses: readonly Address[];
  readonly blockhash: Blockhash;
  readonly instructions: readonly RawInstruction[];
  readonly lookups: readonly RawLookup[];
  /** Version 1: which limits follow; `configValues` holds their values. Other versions: 0 and no values. */
  readonly configMask: number;
  readonly configValues: readonly (number | bigint)[];
};

/** Set in the first byte of a message that has a version. */
export const VERSIONED = 0x80;

/** The bits of a version 1 mask and the length of each value, in the order of the values (SIMD-0385). */
export const CONFIG_BITS = [
  { name: "priorityFeeLamports", bits: 0b11, bytes: 8 },
  { name: "computeUnitLimit", bits: 0b100, bytes: 4 },
  { name: "loadedAccountsDataSizeLimit", bits: 0b1000, bytes: 4 },
  { name: "heapSize", bits: 0b10000, bytes: 4 },
] as const;
const KNOWN_CONFIG = CONFIG_BITS.reduce((all, { bits }) => all | bits, 0);

/** Reads bytes in sequence. Every reading method throws a {@link RangeError} if the bytes end too early. */
class Reader {
  readonly #bytes: Uint8Array;
  /** The same bytes as a text (latin1), of which addresses are parts. */
  readonly #text: string;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    this.#at += 1;
    return this.#view.getUint8(this.#at - 1);
  }

  u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  /** Reads a compact-u16 and refuses one in more bytes than it needs. */
  length(): number {
    let value = 0;
    for (let part = 0; part < 3; part += 1) {
      const byte = this.u8();
      if (part > 0 && byte === 0) throw new RangeError("a length in more bytes than it needs");
      value |= (byte & 0x7f) << (7 * part);
      if ((byte & 0x80) === 0) {
        if (value > 0xffff) throw new RangeError("a length beyond 16 bits");
        return value;
      }
    }
    throw new RangeError("a length in more than three bytes");
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new RangeError("it ends too early");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Positions of accounts. */
  positions(count: number): number[] {
    const from = this.#at;
    this.take(count);
    const positions: number[] = [];
    for (let at = from; at < this.#at; at += 1) positions.push(this.#view.getUint8(at));
    return positions;
  }

  address(): Address {
    const address = addressIn(this.#text, this.#at);
    this.#at += 32;
    return address;
  }

  addresses(count: number): Address[] {
    const addresses: Address[] = [];
    for (let each = 0; each < count; each += 1) addresses.push(this.address());
    return addresses;
  }

  times<Value>(count: number, read: () => Value): Value[] {
    const values: Value[] = [];
    for (let each = 0; each < count; each += 1) values.push(read());
    return values;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError("bytes are left over");
  }
}

/** What a message begins with: all of it but its instructions, their lookups and the values of its limits. */
type Start = Pick<RawMessage, "version" | "addresses" | "blockhash" | "configMask"> &
  Pick<RawMessage, "signers" | "readonlySigners" | "readonlyOthers"> & {
    /** Null if the number of instructions follows. */
    readonly instructionCount: number | null;
  };

function readStart(reader: Reader, first: number): Start {
  const version = (first & VERSIONED) === 0 ? "legacy" : first & ~VERSIONED;
  if (version !== "legacy") reader.u8();
  if (version !== "legacy" && version !== 0 && version !== 1) throw new RangeError(`version ${version}`);
  const header = { signers: reader.u8(), readonlySigners: reader.u8(), readonlyOthers: reader.u8() };
  if (version === 1) {
    const configMask = reader.u32();
    if ((configMask & ~KNOWN_CONFIG) !== 0) throw new RangeError("it asks for what is not known");
    const blockhash = reader.address() as string as Blockhash;
    const instructionCount = reader.u8();
    const addresses = reader.addresses(reader.u8());
    return { version, ...header, configMask, blockhash, instructionCount, addresses };
  }
  const addresses = reader.addresses(reader.length());
  const blockhash = reader.address() as string as Blockhash;
  return { version, ...header, configMask: 0, blockhash, instructionCount: null, addresses };
}

/** @throws {RangeError} */
export function readMessageBytes(bytes: Uint8Array): RawMessage {
  const reader = new Reader(bytes);
  const { instructionCount, ...start } = readStart(reader, bytes[0] ?? 0);
  const rest =
    instructionCount === null ? readShort(reader, start) : readVersionOne(reader, start, instructionCount);
  reader.end();
  return { ...start, ...rest };
}

/**
 * Reads only what a message begins with. The bytes must have been read completely before.
 *
 * @throws {RangeError}
 */
export const readMessageStart = (bytes: Uint8Array): Omit<Start, "instructionCount"> =>
  readStart(new Reader(bytes), bytes[0] ?? 0);

type Rest = Pick<RawMessage, "instructions" | "lookups" | "configValues">;

function readShort(reader: Reader, { version }: Pick<Start, "version">): Rest {
  const instructions = reader.times(reader.length(), () => ({
    program: reader.u8(),
    accounts: reader.positions(reader.length()),
    data: reader.take(reader.length()),
  }));
  const lookups =
    version === "legacy"
      ? []
      : reader.times(reader.length(), () => ({
          table: reader.address(),
          writable: reader.positions(reader.length()),
          readonly: reader.positions(reader.length()),
        }));
  return { instructions, lookups, configValues: [] };
}

function readVersionOne(reader: Reader, { configMask }: Pick<Start, "configMask">, count: number): Rest {
  const configValues = CONFIG_BITS.flatMap(({ bits, bytes }) => {
    const requested = configMask & bits;
    if (requested === 0) return [];
    if (requested !== bits) throw new RangeError("it asks for half of a value");
    return [bytes === 8 ? reader.u64() : reader.u32()];
  });
  const headers = reader.times(count, () => ({
    program: reader.u8(),
    accounts: reader.u8(),
    data: reader.u16(),
  }));
  const instructions = headers.map(({ program, accounts, data }) => ({
    program,
    accounts: reader.positions(accounts),
    data: reader.take(data),
  }));
  return { instructions, lookups: [], configValues };
}
