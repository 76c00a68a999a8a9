/** Tests the reader of lookup tables and of mints on the way: what endpoints must agree on, and what is read again. */
import { type Address, address, getAddressEncoder, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { RawAccount, WitnessReader } from "../../src/engine/ports.ts";
import { createRouteReader } from "../../src/venues/route-accounts.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";

const [TABLE, MINT, FIRST, SECOND, LIE] = Array.from({ length: 5 }, () => generateKeypair().address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const encoder = getAddressEncoder();

const table = (entries: readonly Address[], isActive = true): RawAccount => {
  const data = Buffer.alloc(56 + 32 * entries.length);
  data.writeUInt32LE(1, 0);
  data.writeBigUInt64LE(isActive ? 0xffff_ffff_ffff_ffffn : 77n, 4);
  for (const [at, entry] of entries.entries()) data.set(encoder.encode(entry), 56 + 32 * at);
  return {
    owner: address("AddressLookupTab1e1111111111111111111111111"),
    lamports: lamports(1n),
    data,
  };
};

/** Endpoints, each with its own accounts. Counts how often all of them are read. */
const endpoints = (...each: readonly ReadonlyMap<Address, RawAccount>[]) => {
  const read: Address[][] = [];
  const reader: WitnessReader = async (addresses) => {
    read.push([...addresses]);
    return each.map((known, at) => ({
      endpoint: `endpoint ${at}`,
      slot: 9n,
      accounts: new Map(addresses.map((one) => [one, known.get(one) ?? null])),
    }));
  };
  return { read, reader };
};

const tables = (...each: readonly (RawAccount | null)[]) =>
  endpoints(...each.map((one) => new Map(one === null ? [] : [[TABLE, one]])));

const entriesOf = async (...each: readonly (RawAccount | null)[]) =>
  (await createRouteReader(tables(...each).reader)([TABLE])).lookupTables;

describe("a route's lookup table", () => {
  it("is used if it exists and is not being closed, at every endpoint", async () => {
    expect(await entriesOf(table([FIRST]))).toEqual({ [TABLE]: [FIRST] });
    expect(await entriesOf(table([FIRST], false))).toEqual({});
    expect(await entriesOf(null)).toEqual({});
    expect(await entriesOf(table([FIRST]), null)).toEqual({});
    expect(await entriesOf(table([FIRST]), table([FIRST], false))).toEqual({});
    expect(await entriesOf(null, table([FIRST]))).toEqual({});
  });

  it("has the entries that all endpoints have", async () => {
    expect(await entriesOf(table([FIRST, SECOND]), table([FIRST]))).toEqual({ [TABLE]: [FIRST] });
    expect(await entriesOf(table([FIRST]), table([FIRST, SECOND]))).toEqual({ [TABLE]: [FIRST] });
  });

  it.each([0, 1])("is refused by name if endpoint %i lies about an entry", async (liar) => {
    const honest = table([FIRST, SECOND]);
    const lying = table([FIRST, LIE]);
    const reading = entriesOf(...[honest, honest].with(liar, lying));
    await expect(reading).rejects.toMatchObject({
      code: "CTO_E_ENDPOINTS_DISAGREE",
      message: expect.stringContaining(`entry 1 of the lookup table ${TABLE}`),
    });
    await expect(reading).rejects.toThrow(LIE);
  });

  it("is read again after a minute, so that a table that was closed since is used no more", async () => {
    let time = 0;
    const known = new Map([[TABLE, table([FIRST])]]);
    const { reader, read } = endpoints(known);
    const readRoute = createRouteReader(reader, () => time);
    const now = async (at: number) => {
      time = at;
      return (await readRoute([TABLE])).lookupTables;
    };
    for (const at of [0, 59_999]) expect(await now(at)).toEqual({ [TABLE]: [FIRST] });
    expect(read).toHaveLength(1);
    known.set(TABLE, table([FIRST], false));
    expect(await now(60_000)).toEqual({});
    known.delete(TABLE);
    expect(await now(60_000)).toEqual({});
    known.set(TABLE, table([FIRST]));
    expect(await now(60_000)).toEqual({ [TABLE]: [FIRST] });
  });
});

describe("a mint on the way", () => {
  const mint = (decimals: number): RawAccount => {
    const data = Buffer.alloc(82);
    data[44] = decimals;
    data[45] = 1;
    return { owner: address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"), lamports: lamports(1n), data };
  };

  it("is read in the tables' batch, and once", async () => {
    const { reader, read } = endpoints(
      new Map([
        [TABLE, table([FIRST])],
        [MINT, mint(6)],
      ]),
    );
    const readRoute = createRouteReader(reader, () => 0);
    for (let leg = 0; leg < 3; leg += 1)
      expect((await readRoute([TABLE], [MINT])).mints.get(MINT)).toEqual(mint(6));
    expect(read).toEqual([[TABLE, MINT]]);
    expect((await readRoute([TABLE])).mints.size).toBe(0);
    expect(read).toHaveLength(1);
  });

  it("that does not exist is null, and is looked for again", async () => {
    const known = new Map<Address, RawAccount>();
    const readRoute = createRouteReader(endpoints(known).reader);
    expect((await readRoute([], [MINT])).mints.get(MINT)).toBeNull();
    known.set(MINT, mint(6));
    expect((await readRoute([], [MINT])).mints.get(MINT)).toEqual(mint(6));
  });

  it("is refused by name if the endpoints differ", async () => {
    const { reader } = endpoints(new Map([[MINT, mint(6)]]), new Map([[MINT, mint(7)]]));
    await expect(createRouteReader(reader)([], [MINT])).rejects.toMatchObject({
      code: "CTO_E_ENDPOINTS_DISAGREE",
    });
  });
});

describe("an account of the buyer's on the way", () => {
  const account = (amount: number): RawAccount => ({
    owner: address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
    lamports: lamports(1n),
    data: Uint8Array.of(amount),
  });

  it("is read every time, from every endpoint that has one", async () => {
    const { reader, read } = endpoints(
      new Map([[FIRST, account(1)]]),
      new Map(),
      new Map([[FIRST, account(2)]]),
    );
    const readRoute = createRouteReader(reader, () => 0);
    for (let leg = 0; leg < 2; leg += 1) {
      const { held } = await readRoute([], [], [FIRST, SECOND]);
      expect(held.get(FIRST)).toEqual([account(1), account(2)]);
      expect(held.get(SECOND)).toEqual([]);
    }
    expect(read).toEqual([
      [FIRST, SECOND],
      [FIRST, SECOND],
    ]);
  });
});
