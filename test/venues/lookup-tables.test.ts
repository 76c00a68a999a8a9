/** Tests how we parse lookup table accounts, and which tables we do not use. */
import { type Address, address, getAddressEncoder, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { RawAccount } from "../../src/engine/ports.ts";
import { createLookupTableReader, readLookupTable } from "../../src/venues/lookup-tables.ts";
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

const readerOf = (account: RawAccount | null) =>
  createLookupTableReader({
    fetchAccounts: async () => ({ slot: 9n, accounts: new Map([[TABLE, account]]) }),
  })([TABLE]);

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
  ])("%s is none", async (_name, account) => {
    expect(readLookupTable(account)).toBeNull();
    expect(await readerOf(account)).toEqual({});
  });

  it("is not used once it is being closed", async () => {
    expect(await readerOf(tableAccount())).toEqual({ [TABLE]: [ENTRY] });
    expect(await readerOf(tableAccount({ isActive: false }))).toEqual({});
  });

  it("is read again after a minute, so that a table that was closed since is used no more", async () => {
    let account: RawAccount | null = tableAccount();
    let reads = 0;
    let time = 0;
    const fetchAccounts = async () => {
      reads += 1;
      return { slot: 9n, accounts: new Map([[TABLE, account]]) };
    };
    const read = createLookupTableReader({ fetchAccounts }, () => time);
    for (time of [0, 59_999]) expect(await read([TABLE])).toEqual({ [TABLE]: [ENTRY] });
    expect(reads).toBe(1);
    account = tableAccount({ isActive: false });
    time = 60_000;
    expect(await read([TABLE])).toEqual({});
    account = null;
    expect(await read([TABLE])).toEqual({});
    account = tableAccount();
    expect(await read([TABLE])).toEqual({ [TABLE]: [ENTRY] });
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
