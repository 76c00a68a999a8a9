/** Reads instruction data from beginning to end. */
import { getAddressDecoder, type ReadonlyUint8Array } from "@solana/kit";

/** Every method moves to the next field. @throws RangeError at the end of the data. */
export class DataReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(data: ReadonlyUint8Array) {
    this.#bytes = new Uint8Array(data);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new RangeError("the instruction data is too short");
    this.#at += size;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  address(): string {
    return getAddressDecoder().decode(this.#bytes, this.#take(32));
  }

  /** Token's `COption` in instructions: one byte, then the address. */
  optionalAddress(): string | null {
    return this.u8() === 1 ? this.address() : null;
  }

  /** Bincode's string: a u64 length, then UTF-8. */
  string(): string {
    const size = Number(this.u64());
    const at = this.#take(size);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + size));
  }
}
