/** Tests how we parse lookup table accounts, and how we leave out entries. */
import { type Address, address, getAddressEncoder, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { RawAccount } from "../../src/engine/ports.ts";
import { readLookupTable, withoutEntries } from "../../src/venues/lookup-tables.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const PROGRAM: Address = address("AddressLookupTab1e1111111111111111111111111");
const [TABLE, AUTHORITY, ENTRY] = [1, 2, 3].map(() => generateKeypair().address) as [
  Address,
  Address,
  Address,
];
const encoder = getAddressEncoder();

const tableAccount = ({ isActive = true, owner = PROGRAM, type = 1 } = {}): RawAccount => {
  const data = Buffer.alloc(56 + 32);
  data.writeUInt32LE(type, 0);
  data.writeBigUInt64LE(isActive ? 0xffff_ffff_ffff_ffffn : 77n, 4);
  data.writeBigUInt64LE(5n, 12);
  data[21] = 1;
  data.set(encoder.encode(AUTHORITY), 22);
  data.set(encoder.encode(ENTRY), 56);
  return { owner, lamports: lamports(1n), data };
};

describe("a lookup table's account", () => {
  it("tells entries, authority and the slot of its last change", () => {
    expect(readLookupTable(tableAccount())).toEqual({
      entries: [ENTRY],
      authority: AUTHORITY,
      lastExtendedSlot: 5n,
      isActive: true,
    });
  });

  it.each([
    ["of another program", tableAccount({ owner: TABLE })],
    ["that was never made a table", tableAccount({ type: 0 })],
    ["that does not exist", null],
  ])("%s is none", (_name, account) => {
    expect(readLookupTable(account)).toBeNull();
  });

  it("loses these addresses, and the others keep their places", () => {
    const without = withoutEntries({ [TABLE]: [ENTRY, AUTHORITY, ENTRY] }, new Set([ENTRY]));
    expect(without).toEqual({ [TABLE]: [TABLE, AUTHORITY, TABLE] });
  });

  it("may be any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        const read = readLookupTable({ owner: PROGRAM, lamports: lamports(1n), data });
        expect(read === null || data.length === 56 + 32 * read.entries.length).toBe(true);
      }),
    );
  });
});
