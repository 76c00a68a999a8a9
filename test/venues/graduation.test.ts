/** Tests tokens that have left a launchpad's curve: we find the pool that was created for them. */
import { getAddressDecoder, getAddressEncoder, lamports } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import type { Address, RawAccount } from "../../src/engine/ports.ts";
import { vaultOf } from "../../src/venues/cpmm/program.ts";
import { decidePlatform } from "../../src/venues/detect.ts";
import { createVenues } from "../../src/venues/index.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { CURVE, curveOf } from "../../src/venues/pumpfun/program.ts";
import { canonicalPoolOf, POOL } from "../../src/venues/pumpswap/program.ts";
import { routeFor } from "../../src/venues/route.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { type Accounts, accountsOf, changed, first, type Vector } from "./raydium-vectors.ts";

describe("a token whose platform has a CPMM configuration of its own", () => {
  /**
   * A chain with a LaunchLab token that has graduated. Its pool and the pool's configuration exist if
   * `isPoolThere`.
   */
  const world = async (isPoolThere: boolean) => {
    const launched = first("bonk");
    const accounts: Accounts = new Map(changed(launched, 0, 17, 2).accounts);
    const pool = launched.graduatedPool ?? expect.fail("no pool");
    const platform = accounts.get(launched.accounts[2]?.address as Address) ?? expect.fail("no platform");
    if (isPoolThere) await putPool(accounts, launched, pool, platform.data.slice(688, 720));
    let calls = 0;
    const chain = {
      findAccounts: async () => [],
      fetchAccounts: async (asked: readonly Address[]) => {
        calls += 1;
        return {
          slot: 1n,
          accounts: new Map(
            asked.map((one) => [one, accounts.get(one) ?? clusterAccounts().get(one) ?? null]),
          ),
        };
      },
    };
    const venues = createVenues({ chain, jupiter: { url: "http://127.0.0.1:9" } });
    return {
      venues,
      survey: await venues.survey(launched.mint, []),
      calls: () => calls,
      buyer: launched.buyer,
    };
  };

  /** Writes the first CPMM vector's accounts, changed to the launched token and the platform's configuration. */
  const putPool = async (accounts: Accounts, launched: Vector, pool: Address, config: Uint8Array) => {
    const encode = (one: Address) => new Uint8Array(getAddressEncoder().encode(one));
    const [, state, settings] = accountsOf(first("cpmm")).values();
    if (state == null || settings == null) expect.fail("no accounts");
    const isSolFirst = Buffer.compare(encode(WRAPPED_SOL_MINT), encode(launched.mint)) < 0;
    const mints = isSolFirst ? [WRAPPED_SOL_MINT, launched.mint] : [launched.mint, WRAPPED_SOL_MINT];
    state.data.set(config, 8);
    for (const [side, mint] of mints.entries()) {
      const vault = await vaultOf(pool, mint);
      state.data.set(encode(vault), 72 + 32 * side);
      state.data.set(encode(mint), 168 + 32 * side);
      const data = new Uint8Array(165);
      new DataView(data.buffer).setBigUint64(64, 50n * 10n ** 9n, true);
      accounts.set(vault, { owner: TOKEN_PROGRAM_ADDRESS, lamports: lamports(1n), data });
    }
    accounts.set(pool, state);
    accounts.set(getAddressDecoder().decode(config), settings);
  };

  it("is bought from that pool, after three reads", async () => {
    const { venues, survey, calls, buyer } = await world(true);
    expect(await venues.detect(survey)).toMatchObject({ platform: "cpmm", trading: ["cpmm"] });
    const request = { legs: [lamports(10n ** 8n)], slippageBps: 100, taker: buyer };
    const open = await venues.open("cpmm", survey, request);
    const buy = await open.buy({ buyer, payer: buyer, lamports: lamports(10n ** 8n) });
    const named = buy.swap.flatMap(({ accounts = [] }) => accounts.map(({ address }) => address));
    expect(named).toContain(first("bonk").graduatedPool);
    expect(calls()).toBe(3);
  });

  it("passes on to the aggregator where the pool is not there", async () => {
    const { venues, survey, buyer } = await world(false);
    const request = { legs: [lamports(10n ** 8n)], slippageBps: 100, taker: buyer };
    await expect(venues.open("cpmm", survey, request)).rejects.toMatchObject({ code: "CTO_E_NO_ROUTE" });
    expect(venues.route("auto", survey.mint, await venues.detect(survey))).toEqual(["cpmm", "jupiter"]);
  });
});

describe("a pump.fun coin whose curve is complete", () => {
  const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;

  /**
   * Reads a sold-out curve. The virtual reserves are those before the migration, or the migration has emptied
   * all four.
   */
  const readWith = async (pool: RawAccount | null, reserves = { virtual: 1n, real: 0n }) => {
    const data = new Uint8Array(166);
    data.set(CURVE.discriminator);
    data[48] = 1; // complete
    const view = new DataView(data.buffer);
    for (const at of [8, 16]) view.setBigUint64(at, reserves.virtual, true);
    for (const at of [24, 32]) view.setBigUint64(at, reserves.real, true);
    const curve: RawAccount = { owner: CURVE.owner, lamports: lamports(1n), data };
    const accounts = new Map([
      [await curveOf(MINT), curve],
      [await canonicalPoolOf(MINT), pool],
    ]);
    return pumpfun.read(MINT, { slot: 1n, accounts });
  };
  const account = (owner: Address, data: readonly number[]): RawAccount => ({
    owner,
    lamports: lamports(890_880n),
    data: Uint8Array.from(data),
  });

  it("has graduated once its pool is there", async () => {
    const pool = account(POOL.owner, [...POOL.discriminator, ...new Uint8Array(POOL.size)]);
    expect(await readWith(pool)).toMatchObject({ state: "graduated", to: "pumpswap" });
  });

  it("has graduated elsewhere where its reserves are gone and no pool of SOL is there: the aggregator knows", async () => {
    const emptied = { virtual: 0n, real: 0n };
    const reading = await readWith(null, emptied);
    expect(reading).toEqual({ state: "graduated", to: "jupiter" });
    const detection = decidePlatform(new Map([["pumpfun", reading]]));
    expect(detection.platform).toBe("unknown");
    for (const asked of ["auto", "pumpfun"] as const)
      expect(routeFor(asked, MINT, detection)[0]).toBe("jupiter");
    expect(await readWith(null, { virtual: 0n, real: 1n })).toMatchObject({ state: "migrating" });
    expect(await readWith(null, { virtual: 1n, real: 0n })).toMatchObject({ state: "migrating" });
  });

  it("is still migrating while there is nothing at the pool's address, or lamports that somebody sent there", async () => {
    expect(await readWith(null)).toMatchObject({ state: "migrating" });
    expect(await readWith(account(SYSTEM_PROGRAM_ADDRESS, []))).toMatchObject({ state: "migrating" });
    expect(await readWith(account(POOL.owner, [1, 2, 3]))).toMatchObject({ state: "migrating" });
  });
});
