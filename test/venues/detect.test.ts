/** Tests how the readings of all venues decide where a token trades. */
import { getAddressEncoder, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address, Found, Survey, VenueCode } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { decidePlatform, detectPlatform } from "../../src/venues/detect.ts";
import { createDirectVenues } from "../../src/venues/direct-venues.ts";
import { BASE_MINT_OFFSET, DBC_PROGRAM, POOL } from "../../src/venues/meteora/program.ts";
import { routeFor } from "../../src/venues/route.ts";
import type { FindAccounts, Reading } from "../../src/venues/venue.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const LIVE: Reading<unknown> = { state: "trading", market: null, liquidity: 1n };
const readings = (given: Partial<Record<VenueCode, Reading<unknown>>>) =>
  new Map(Object.entries(given) as [VenueCode, Reading<unknown>][]);

describe("the platform of a token", () => {
  it("is the launchpad's, although anyone may have opened a pool elsewhere", () => {
    expect(decidePlatform(readings({ cpmm: LIVE, pumpfun: LIVE }))).toMatchObject({
      platform: "pumpfun",
      trading: ["pumpfun", "cpmm"],
    });
  });

  it("is the next venue's after graduation", () => {
    const pumpfun: Reading<unknown> = { state: "graduated", to: "pumpswap" };
    expect(decidePlatform(readings({ pumpfun, pumpswap: LIVE })).platform).toBe("pumpswap");
  });

  it("is told as migrating rather than bought from a thin pool that comes later in the order", () => {
    const bonk: Reading<unknown> = { state: "migrating", reason: "its curve is full" };
    const detection = decidePlatform(readings({ bonk, cpmm: LIVE }));
    expect(detection).toEqual({
      platform: "migrating",
      trading: ["cpmm"],
      notes: ["bonk: its curve is full"],
    });
    expect(() => routeFor("auto", MINT, detection)).toThrow(CTOError);
    expect(routeFor("cpmm", MINT, detection)).toEqual(["cpmm", "jupiter"]);
    expect(routeFor("jupiter", MINT, detection)).toEqual(["jupiter"]);
  });

  it("is unknown when no venue knows the token, and a refused market says why", () => {
    const heaven: Reading<unknown> = { state: "refused", reason: "its pool is not open yet" };
    expect(decidePlatform(readings({ heaven }))).toEqual({
      platform: "unknown",
      trading: [],
      notes: ["heaven: its pool is not open yet"],
    });
  });
});

describe("the route", () => {
  const at = (platform: "pumpfun" | "pumpswap" | "unknown", trading: VenueCode[] = []) => ({
    platform,
    trading,
    notes: [],
  });

  it("starts with the caller's platform if the token trades there, and otherwise with the detected one", () => {
    expect(routeFor("pumpfun", MINT, at("pumpfun", ["pumpfun"]))).toEqual(["pumpfun", "jupiter"]);
    expect(routeFor("pumpfun", MINT, at("pumpswap", ["pumpswap"]))).toEqual(["jupiter", "pumpswap"]);
    expect(routeFor("pumpswap", MINT, at("pumpswap", ["pumpswap"]))).toEqual(["jupiter", "pumpswap"]);
    expect(routeFor("auto", MINT, at("pumpswap", ["pumpswap"]))).toEqual(["pumpswap", "jupiter"]);
    expect(routeFor("unknown", MINT, at("pumpfun", ["pumpfun"]))).toEqual(["jupiter", "pumpswap", "pumpfun"]);
    expect(routeFor("auto", MINT, at("unknown"))).toEqual(["jupiter", "pumpswap", "pumpfun"]);
  });
});

describe("the search for a pool that cannot be derived", () => {
  const survey: Survey = {
    slot: 1n,
    mint: MINT,
    tokenProgram: MINT,
    decimals: 6,
    tokenAccountBytes: 165,
    owners: new Map(),
    fetched: { slot: 1n, accounts: new Map() },
    cluster: OLD_CLUSTER,
  };
  const pool = "SysvarC1ock11111111111111111111111111111111" as Address;

  /** The byte of a curve that says how far its migration is. */
  const COMPLETE_AT = 308;
  /** A curve of this token, which may be complete. */
  const curve = (isComplete = false) => {
    const data = new Uint8Array(POOL.size);
    data.set(POOL.discriminator);
    data.set(getAddressEncoder().encode(MINT), BASE_MINT_OFFSET);
    if (isComplete) data[COMPLETE_AT] = 1;
    return { owner: DBC_PROGRAM, lamports: lamports(1n), data };
  };
  const found = (endpoint: string, ...accounts: [Address, ReturnType<typeof curve>][]): Found => ({
    endpoint,
    slot: 1n,
    accounts: new Map(accounts),
  });

  it("finds a Meteora pool by its token, once", async () => {
    let searches = 0;
    const find: FindAccounts = async (program, filters) => {
      searches += 1;
      expect([program, filters]).toEqual([
        DBC_PROGRAM,
        { memcmp: [{ offset: BASE_MINT_OFFSET, bytes: MINT }] },
      ]);
      return [found("one", [pool, curve()]), found("two", [pool, curve()])];
    };
    const venues = createDirectVenues();
    expect(await detectPlatform(venues, find, survey)).toMatchObject({
      platform: "meteora",
      trading: ["meteora"],
    });
    const meteora = venues.find(({ code }) => code === "meteora");
    expect(await meteora?.accounts(MINT)).toContain(pool);
    await detectPlatform(venues, find, survey);
    expect(searches).toBe(1);
  });

  it.each<[string, Found[]]>([
    ["does not find it", [found("one", [pool, curve()]), found("two")]],
    ["does not find it, and answers first", [found("two"), found("one", [pool, curve()])]],
    ["finds another one", [found("one", [pool, curve()]), found("two", [MINT, curve()])]],
    ["finds one more", [found("one", [pool, curve()]), found("two", [pool, curve()], [MINT, curve()])]],
    ["finds it complete", [found("one", [pool, curve()]), found("two", [pool, curve(true)])]],
  ])("believes no single endpoint of two: one that %s stops the operation", async (how, answers) => {
    const venues = createDirectVenues();
    await expect(detectPlatform(venues, async () => answers, survey)).rejects.toMatchObject({
      code: "CTO_E_ENDPOINTS_DISAGREE",
      message: expect.stringMatching(/one says.*two says|two says.*one says/),
    });
    // The place of a complete curve is not disputed, so it is read with the survey from then on.
    if (how === "finds it complete") return;
    // Nothing else is remembered: the search is repeated, and its answer counts.
    const agreed = [found("one", [pool, curve()]), found("two", [pool, curve()])];
    expect(await detectPlatform(venues, async () => agreed, survey)).toMatchObject({ platform: "meteora" });
  });

  it("says so when it fails, and leaves the token to the aggregator", async () => {
    const find = async () => {
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getProgramAccounts", reason: "refused" });
    };
    const detection = await detectPlatform(createDirectVenues(), find, survey);
    expect(detection.platform).toBe("unknown");
    expect(detection.notes.join()).toContain("meteora: could not be requested");
  });
});

it("names 24 accounts of its markets for a token, which leaves room for 25 wallets in one batch of a hundred", async () => {
  const named = await Promise.all(createDirectVenues().map((venue) => venue.accounts(MINT)));
  expect(new Set(named.flat()).size).toBe(24);
});
