/**
 * Tests Raydium's pools from account bytes to quote and instruction, compared with its SDK's layouts and builders: see
 * test/oracles.
 */
import { isSignerRole, isWritableRole, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address, Fetched } from "../../src/engine/ports.ts";
import { CLOCK_SYSVAR } from "../../src/engine/ports.ts";
import { bonk } from "../../src/venues/bonk/index.ts";
import type { BonkMarket } from "../../src/venues/bonk/market.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import type { CpmmMarket } from "../../src/venues/cpmm/market.ts";
import type { DirectVenue, Reading } from "../../src/venues/venue.ts";
import fc from "../support/fast-check.ts";
import { accountsOf, changed, fetchedFrom, first, of, sdk, type Vector, vectors } from "./raydium-vectors.ts";

const FEE_VAULT_RENT = 2_039_280n;

const marketOf = <Market>(reading: Reading<Market>): Market =>
  reading.state === "trading" ? reading.market : expect.fail(JSON.stringify(reading));

const holds = async <Market>(venue: DirectVenue<Market>, vector: Vector): Promise<void> => {
  const fetched = fetchedFrom(accountsOf(vector));
  const market = marketOf(await venue.read(vector.mint, fetched));
  expect(venue.quote(market, vector.input)?.tokensOut).toBe(vector.tokensOut);
  const { buyer, input, least } = vector;
  const buy = { buyer, payer: buyer, lamports: input, minTokensOut: least, lamportsPerByte: 6_960n, fetched };
  const [swap] = (await venue.instructions(market, buy, 0)).swap;
  const keys = swap?.accounts?.map((meta) => [
    meta.address,
    isSignerRole(meta.role),
    isWritableRole(meta.role),
  ]);
  // The buyer pays the fee, so the transaction makes it writable, even if the instruction does not.
  const expected = vector.instruction.keys.map(([key, isSigner, isWritable]) => [
    key,
    isSigner,
    isWritable || isSigner,
  ]);
  expect(keys).toEqual(expected);
  expect(Buffer.from(swap?.data ?? []).toString("hex")).toBe(vector.instruction.data);
};

describe(`Raydium's accounts as ${sdk} lays them out`, () => {
  it("LaunchLab pools are read, quoted and bought as it does", async () => {
    for (const vector of of("bonk")) await holds<BonkMarket>(bonk, vector);
  });

  it("CPMM pools are, whichever side is SOL and whoever takes a creator's fee where", async () => {
    for (const vector of of("cpmm")) await holds<CpmmMarket>(cpmm, vector);
  });
});

/** One account of a vector with some bytes replaced, with its end cut off, or with another owner. */
const damage = fc.record({
  vector: fc.constantFrom(...vectors),
  at: fc.nat(),
  offset: fc.nat({ max: 950 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  keep: fc.oneof(fc.constant(1_000), fc.nat({ max: 950 })),
  isForeign: fc.boolean(),
});

describe.each([bonk as unknown as DirectVenue, cpmm as unknown as DirectVenue])("$code", (venue) => {
  it("reads its own accounts, however damaged, without a panic, and takes none of another program's", async () => {
    await fc.assert(
      fc.asyncProperty(damage, async ({ vector, at, offset, bytes, keep, isForeign }) => {
        const accounts = accountsOf(vector);
        const named = vector.accounts[at % vector.accounts.length]?.address as Address;
        const account = accounts.get(named) ?? expect.fail("no such account");
        const data = account.data.slice(0, keep);
        data.set(bytes.subarray(0, Math.max(0, data.length - offset)), Math.min(offset, data.length));
        accounts.set(named, { ...account, data, ...(isForeign ? { owner: CLOCK_SYSVAR } : {}) });
        const fetched = fetchedFrom(accounts);
        await venue.more?.(vector.mint, fetched);
        const reading = await venue.read(vector.mint, fetched);
        if (reading.state !== "trading") return;
        expect(isForeign).toBe(false);
        for (const lamports of [1n, 10n ** 9n, 10n ** 13n]) {
          const quote = venue.quote(reading.market, lamports);
          venue.quote(venue.after(reading.market, lamports), lamports);
          expect(quote === null || (quote.tokensOut > 0n && quote.feeLamports <= lamports)).toBe(true);
        }
      }),
      { numRuns: 600 },
    );
  });
});

describe("a LaunchLab pool", () => {
  it("costs its buyer the rents of the fee vaults that are not there yet", async () => {
    const vector = first("bonk");
    const accounts = accountsOf(vector);
    const market = marketOf(await bonk.read(vector.mint, fetchedFrom(accounts)));
    const rentWith = async (vaults: readonly Address[]): Promise<bigint> => {
      const there = vaults.map((vault) => [vault, accounts.get(vector.mint) ?? null] as const);
      const fetched = fetchedFrom(new Map([...accounts, ...there]));
      const { buyer } = vector;
      const buy = {
        buyer,
        payer: buyer,
        lamports: 10n ** 9n,
        minTokensOut: 1n,
        lamportsPerByte: 6_960n,
        fetched,
      };
      return (await bonk.instructions(market, buy, 0)).venueRentLamports;
    };
    const vaults = (await bonk.more?.(vector.mint, fetchedFrom(accounts)))?.slice(2) ?? [];
    expect(vaults).toEqual(vector.instruction.keys.slice(16).map(([key]) => key));
    expect(await rentWith([])).toBe(2n * FEE_VAULT_RENT);
    expect(await rentWith(vaults.slice(0, 1))).toBe(FEE_VAULT_RENT);
    expect(await rentWith(vaults)).toBe(0n);
  });

  it.each([
    ["migrating while its pool is being made", 17, 1, { state: "migrating" }],
    ["refused in a status that is not known", 17, 3, { state: "refused" }],
  ])("is %s", async (_name, offset, value, expected) => {
    const vector = first("bonk");
    expect(await bonk.read(vector.mint, changed(vector, 0, offset, value))).toMatchObject(expected);
  });

  it("is refused on a curve that is not a constant product", async () => {
    const vector = first("bonk");
    expect((await bonk.read(vector.mint, changed(vector, 1, 16, 1))).state).toBe("refused");
  });

  it("graduates to the pool under the configuration that its platform names", async () => {
    for (const vector of of("bonk")) {
      const reading = await bonk.read(vector.mint, changed(vector, 0, 17, 2));
      expect(reading).toEqual({ state: "graduated", to: "cpmm", pool: vector.graduatedPool });
    }
  });

  it("leaves a token that went to the older AMM to the aggregator", async () => {
    const vector = first("bonk");
    const fetched = changed(vector, 0, 17, 2);
    const pool = fetched.accounts.get(vector.accounts[0]?.address as Address);
    if (pool != null) pool.data[20] = 0;
    expect(await bonk.read(vector.mint, fetched)).toEqual({ state: "graduated", to: "jupiter" });
    expect(await cpmm.more?.(vector.mint, fetched)).toEqual([]);
  });
});

describe("a CPMM pool", () => {
  const refusal = async (fetched: Fetched): Promise<string> => {
    const reading = await cpmm.read(first("cpmm").mint, fetched);
    return reading.state === "refused" ? reading.reason : reading.state;
  };

  it("is refused while swaps are switched off", async () => {
    expect(await refusal(changed(first("cpmm"), 0, 329, 4))).toBe("swaps of its pool are switched off");
  });

  it("is refused until it opens, by the cluster's clock", async () => {
    const accounts = accountsOf(first("cpmm"));
    const clockAt = (unixSeconds: bigint): Fetched => {
      const data = new Uint8Array(40);
      new DataView(data.buffer).setBigUint64(32, unixSeconds, true);
      const owner = "Sysvar1111111111111111111111111111111111111" as Address;
      return fetchedFrom(new Map([...accounts, [CLOCK_SYSVAR, { owner, lamports: lamports(1n), data }]]));
    };
    expect(await refusal(clockAt(1_699_999_999n))).toBe("its pool is not open yet");
    expect(await refusal(clockAt(1_700_000_000n))).toBe("trading");
  });

  it("is refused with less than 1 SOL that really trades", async () => {
    const vector = first("cpmm");
    const accounts = accountsOf(vector);
    const vault = accounts.get(vector.accounts[2]?.address as Address) ?? expect.fail("no vault");
    const view = new DataView(vault.data.buffer);
    const { lamports: trading } = marketOf(await cpmm.read(vector.mint, fetchedFrom(accounts)));
    const least = view.getBigUint64(64, true) - trading + 10n ** 9n;
    view.setBigUint64(64, least, true);
    expect(await refusal(fetchedFrom(accounts))).toBe("trading");
    view.setBigUint64(64, least - 1n, true);
    expect(await refusal(fetchedFrom(accounts))).toBe("its pool holds less than 1 SOL");
  });

  it("puts a creator's part of the fee aside, rounded down out of the one fee that was rounded up", () => {
    const market = { ...CREATOR_MARKET, isCreatorFeeOnSol: true };
    // The fee is 3,000.003 lamports, rounded up to 3,001. The creator gets 500. Of the other 2,501, 12 % and
    // 4 % are set aside.
    expect(cpmm.quote(market, 1_000_001n)?.feeLamports).toBe(3_001n);
    expect(cpmm.after(market, 1_000_001n).lamports).toBe(market.lamports + 1_000_001n - 500n - 300n - 100n);
  });
});

describe("a creator's fee on a CPMM pool's tokens", () => {
  it("counts as a fee, in lamports at the trade's own price", () => {
    const none = cpmm.quote({ ...CREATOR_MARKET, creatorFeeRate: 0n }, 10n ** 9n);
    const market = { ...CREATOR_MARKET, isCreatorFeeOnSol: false, creatorFeeRate: 300_000n };
    const quote = cpmm.quote(market, 10n ** 9n);
    // The trade fee is 2,500,000 lamports. Of the tokens that the other 997,500,000 buy, the creator keeps 30 %.
    expect(none?.feeLamports).toBe(2_500_000n);
    expect(quote?.feeLamports).toBe(2_500_000n + 299_250_000n + 1n);
    expect((quote?.tokensOut ?? 0n) * 10n).toBeLessThanOrEqual((none?.tokensOut ?? 0n) * 7n);
  });
});

const CREATOR_MARKET: CpmmMarket = {
  mint: CLOCK_SYSVAR,
  tokenProgram: CLOCK_SYSVAR,
  pool: CLOCK_SYSVAR,
  config: CLOCK_SYSVAR,
  solVault: CLOCK_SYSVAR,
  tokenVault: CLOCK_SYSVAR,
  observation: CLOCK_SYSVAR,
  lamports: 10n ** 11n,
  tokens: 10n ** 14n,
  tradeFeeRate: 2_500n,
  protocolFeeRate: 120_000n,
  fundFeeRate: 40_000n,
  creatorFeeRate: 500n,
  isCreatorFeeOnSol: true,
  transferFee: { bps: 0n, maximum: 0n },
};
