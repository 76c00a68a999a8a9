/** Tests where a token's name is read from: its metadata account or the mint itself, as the mint specifies. */
import { type Address, generateKeyPairSigner, getAddressEncoder, lamports } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawAccount } from "../../src/engine/ports.ts";
import { metadataOf, type TokenName } from "../../src/localnet/token-name.ts";
import { METADATA_PROGRAM, metadataAccountOf, readLabel } from "../../src/venues/token-label.ts";
import { TOKEN_2022_PROGRAM_ADDRESS } from "../../src/venues/token-layout.ts";

const newAddress = async (): Promise<Address> => (await generateKeyPairSigner()).address;
const [mint, stranger] = [await newAddress(), await newAddress()];
const metadata = await metadataAccountOf(mint);
const CAT: TokenName = { symbol: "CAT\0\0", name: "A cat\0\0\0" };
const NOBODY = new Uint8Array(32);

const account = (owner: Address, data: ArrayLike<number>): RawAccount => ({
  owner,
  lamports: lamports(1n),
  data: Uint8Array.from(data),
});
const bytesOf = (of: Address) => getAddressEncoder().encode(of);

/** Builds a Token-2022 mint with these extensions: type and value. */
const extended = (...extensions: readonly (readonly [number, ArrayLike<number>])[]): RawAccount =>
  account(TOKEN_2022_PROGRAM_ADDRESS, [
    ...new Uint8Array(165),
    1,
    ...extensions.flatMap(([type, value]) => [
      type,
      0,
      value.length & 255,
      value.length >> 8,
      ...Array.from(value),
    ]),
  ]);
const pointer = (to: ArrayLike<number>) => [18, [...NOBODY, ...Array.from(to)]] as const;
/** The extension does not have the byte that names an account's kind. */
const inMint = (of: Address, name: TokenName) => [19, metadataOf(of, name).subarray(1)] as const;

const plain = account(TOKEN_PROGRAM_ADDRESS, new Uint8Array(82));
const metaplex = (of: Address = mint, owner: Address = METADATA_PROGRAM) =>
  account(owner, metadataOf(of, CAT));
const read = (mintAccount: RawAccount | null, found: RawAccount | null = null) =>
  readLabel(mint, metadata, {
    slot: 1n,
    accounts: new Map([
      [mint, mintAccount],
      [metadata, found],
    ]),
  });
const cat = { symbol: "CAT", name: "A cat", unverified: true };

describe("a token's name", () => {
  it("is read from the metadata account", () => {
    expect(read(plain, metaplex())).toEqual(cat);
    expect(read(extended(pointer(bytesOf(metadata))), metaplex())).toEqual(cat);
    expect(read(extended(pointer(NOBODY)), metaplex())).toEqual(cat);
  });

  it("is read from the mint, where that points to itself", () => {
    const dog = inMint(mint, { symbol: "DOG", name: "" });
    expect(read(extended(pointer(bytesOf(mint)), dog), metaplex())).toMatchObject({ symbol: "DOG" });
    expect(read(extended(dog), metaplex())).toEqual(cat);
  });

  it("is none where somebody else's account, or another token's, says it", () => {
    expect(read(plain)).toBeNull();
    expect(read(null, metaplex())).toBeNull();
    expect(read(plain, metaplex(mint, TOKEN_PROGRAM_ADDRESS))).toBeNull();
    expect(read(plain, metaplex(stranger))).toBeNull();
    expect(read(extended(pointer(bytesOf(stranger))), metaplex())).toBeNull();
    expect(read(extended(pointer(bytesOf(mint)), inMint(stranger, CAT)))).toBeNull();
    expect(read(extended(pointer(bytesOf(mint))))).toBeNull();
  });

  it("is none where the bytes end too early, and nothing throws, whatever they are", () => {
    const whole = metadataOf(mint, CAT);
    for (let size = 0; size < 65 + 4 + 8 + 4 + 5; size += 1)
      expect(read(plain, account(METADATA_PROGRAM, whole.subarray(0, size)))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const label = read(plain, account(METADATA_PROGRAM, [...whole.subarray(0, 65), ...tail]));
        expect(label === null || label.unverified).toBe(true);
      }),
      { seed: 17, numRuns: 500 },
    );
  });
});
