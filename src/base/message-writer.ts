/** Writes the bytes of a message. test/base/message-bytes.test.ts compares them with kit's. */
import type {
  Address,
  CompiledTransactionMessage,
  CompiledTransactionMessageWithLifetime,
  ReadonlyUint8Array,
} from "@solana/kit";
import { bytesOfAddress } from "./base58.ts";
import { VERSIONED } from "./message-bytes.ts";

export type Compiled = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;

/** One message is written at a time, without a pause, and copied out of this buffer. It holds every message that fits. */
const BUFFER = new Uint8Array(4_352);
const VIEW = new DataView(BUFFER.buffer);

/** Writes bytes in sequence. The buffer grows for messages that do not fit, so that their size is known. */
export class MessageWriter {
  #bytes = BUFFER;
  #view = VIEW;
  #at = 0;

  /** Makes space for this many bytes. Returns where they begin. */
  #reserve(count: number): number {
    const from = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#at);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return from;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  length(value: number): void {
    let left = value;
    while (left > 0x7f) {
      this.u8((left & 0x7f) | 0x80);
      left >>= 7;
    }
    this.u8(left);
  }

  put(bytes: ArrayLike<number>): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** @param address also a blockhash */
  address(address: string): void {
    this.put(bytesOfAddress(address as Address));
  }

  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}

/** The first byte, and how many accounts sign or are only read. */
export function writeHeader(
  writer: MessageWriter,
  version: Compiled["version"],
  { numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts }: Compiled["header"],
): void {
  if (version !== "legacy") writer.u8(VERSIONED | version);
  writer.u8(numSignerAccounts);
  writer.u8(numReadonlySignerAccounts);
  writer.u8(numReadonlyNonSignerAccounts);
}

const NOTHING: ReadonlyUint8Array = new Uint8Array(0);

/** Returns the bytes that are signed. They may be longer than any transaction may be: the caller checks their size. */
export function writeMessageBytes(message: Compiled): Uint8Array {
  const writer = new MessageWriter();
  writeHeader(writer, message.version, message.header);
  if (message.version === 1) return writeVersionOne(writer, message);
  writer.length(message.staticAccounts.length);
  for (const each of message.staticAccounts) writer.address(each);
  writer.address(message.lifetimeToken);
  writer.length(message.instructions.length);
  for (const { programAddressIndex, accountIndices = [], data = NOTHING } of message.instructions) {
    writer.u8(programAddressIndex);
    writer.length(accountIndices.length);
    writer.put(accountIndices);
    writer.length(data.length);
    writer.put(data);
  }
  if (message.version === 0) {
    const lookups = message.addressTableLookups ?? [];
    writer.length(lookups.length);
    for (const { lookupTableAddress, writableIndexes, readonlyIndexes } of lookups) {
      writer.address(lookupTableAddress);
      for (const indexes of [writableIndexes, readonlyIndexes]) {
        writer.length(indexes.length);
        writer.put(indexes);
      }
    }
  }
  return writer.whole();
}

function writeVersionOne(writer: MessageWriter, message: Extract<Compiled, { version: 1 }>): Uint8Array {
  const { instructionHeaders: headers, instructionPayloads: payloads } = message;
  writer.u32(message.configMask);
  writer.address(message.lifetimeToken);
  writer.u8(headers.length);
  writer.u8(message.staticAccounts.length);
  for (const each of message.staticAccounts) writer.address(each);
  for (const each of message.configValues) {
    if (each.kind === "u64") writer.u64(each.value);
    else writer.u32(each.value);
  }
  for (const { programAccountIndex, numInstructionAccounts, numInstructionDataBytes } of headers) {
    writer.u8(programAccountIndex);
    writer.u8(numInstructionAccounts);
    writer.u16(numInstructionDataBytes);
  }
  for (const { instructionAccountIndices, instructionData } of payloads) {
    writer.put(instructionAccountIndices);
    writer.put(instructionData);
  }
  return writer.whole();
}
