/** Tests PumpSwap from account bytes to quote and instruction, compared with its SDK: see test/oracles. */
import { isSignerRole, isWritableRole } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/engine/ports.ts";
import { CLOCK_SYSVAR } from "../../../src/engine/ports.ts";
import { pumpswap } from "../../../src/venues/pumpswap/index.ts";
import fc from "../../support/fast-check.ts";
import { accountsOf, changed, fetchedFrom, marketOf, sdk, vectors } from "./vectors.ts";

const first = vectors[0] ?? expect.fail("no vectors");

describe(`PumpSwap's accounts, as ${sdk} reads them`, () => {
  it(`${vectors.length} pools of every length are quoted as it does, fees included`, async () => {
    expect(new Set(vectors.map(({ accounts }) => accounts[0]?.size))).toEqual(
      new Set([211, 243, 244, 245, 261, 270, 300, 301]),
    );
    for (const vector of vectors) {
      const quote = pumpswap.quote(await marketOf(vector), vector.input);
      expect(quote).toMatchObject({
        tokensOut: vector.tokensOut,
        feeLamports: vector.input - vector.net,
      });
    }
  });

  it("are named in the older buy as it does, in its order, with its flags and data", async () => {
    for (const vector of vectors) {
      const { buyer, input, least } = vector;
      const fetched = fetchedFrom(accountsOf(vector));
      const buy = {
        buyer,
        payer: buyer,
        lamports: input,
        minTokensOut: least,
        lamportsPerByte: 6_960n,
        fetched,
      };
      const [swap] = (await pumpswap.instructions(await marketOf(vector), buy, 1)).swap;
      const keys = swap?.accounts?.map(({ address, role }) => [
        address,
        isSignerRole(role),
        isWritableRole(role),
      ]);
      expect(keys).toEqual(vector.instruction.keys);
      expect(Buffer.from(swap?.data ?? []).toString("hex")).toBe(vector.instruction.data);
    }
  });

  it("are asked for from the mint alone, and then by the pool that names them", async () => {
    for (const vector of vectors) {
      const fetched = fetchedFrom(accountsOf(vector));
      const asked = [
        ...(await pumpswap.accounts(vector.mint)),
        ...((await pumpswap.more?.(vector.mint, fetched)) ?? []),
      ];
      expect(asked).toEqual(expect.arrayContaining(vector.accounts.map(({ address }) => address)));
    }
  });
});

describe("a pool that is not bought from", () => {
  it.each([
    ["whose creator is not the coin's pool authority", 0, 11, [1], "none"],
    ["of another mint", 0, 43, [1, 2, 3], "none"],
    ["that is not quoted in SOL", 0, 75, [1, 2, 3], "none"],
    ["with another discriminator", 0, 0, [0], "none"],
    ["while buys are switched off", 1, 56, [0b1000], "refused"],
    ["without readable fees", 2, 0, [0], "refused"],
    ["without tokens", 3, 64, [0, 0, 0, 0, 0, 0, 0, 0], "refused"],
    ["that owes more than it holds", 0, 245, Array.from({ length: 16 }, () => 0x80), "refused"],
  ])("%s", async (_name, at, offset, bytes, state) => {
    // The last case needs a pool of full length.
    const vector = vectors.find(({ accounts }) => accounts[0]?.size === 301) ?? first;
    expect((await pumpswap.read(vector.mint, fetchedFrom(accountsOf(vector)))).state).toBe("trading");
    expect((await pumpswap.read(vector.mint, changed(vector, at, offset, bytes))).state).toBe(state);
  });
});

it("what a pool owes in fees is none of its liquidity", async () => {
  for (const vector of vectors) {
    const reading = await pumpswap.read(vector.mint, fetchedFrom(accountsOf(vector)));
    if (reading.state !== "trading") throw new Error(reading.state);
    const { lamports, virtualLamports } = reading.market;
    expect(reading.liquidity).toBe(virtualLamports < 0n ? lamports + virtualLamports : lamports);
  }
  expect((await Promise.all(vectors.map(marketOf))).some((market) => market.virtualLamports < 0n)).toBe(true);
});

/** One account of a vector with some bytes replaced, with its end cut off, or with another owner. */
const damage = fc.record({
  vector: fc.constantFrom(...vectors),
  at: fc.nat({ max: 4 }),
  offset: fc.nat({ max: 950 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  keep: fc.oneof(fc.constant(5_000), fc.nat({ max: 950 })),
  isForeign: fc.boolean(),
});

it("damaged accounts cause no panic, and another program's are never traded with", async () => {
  await fc.assert(
    fc.asyncProperty(damage, async ({ vector, at, offset, bytes, keep, isForeign }) => {
      const accounts = accountsOf(vector);
      const named = vector.accounts[at]?.address as Address;
      const account = accounts.get(named) ?? expect.fail("no such account");
      const data = account.data.slice(0, keep);
      data.set(bytes.subarray(0, Math.max(0, data.length - offset)), Math.min(offset, data.length));
      accounts.set(named, { ...account, data, ...(isForeign ? { owner: CLOCK_SYSVAR } : {}) });
      const fetched = fetchedFrom(accounts);
      await pumpswap.more?.(vector.mint, fetched);
      const reading = await pumpswap.read(vector.mint, fetched);
      if (reading.state !== "trading") return;
      expect(isForeign).toBe(false);
      for (const lamports of [1n, 10n ** 9n, 10n ** 13n]) {
        const quote = pumpswap.quote(reading.market, lamports);
        pumpswap.quote(pumpswap.after(reading.market, lamports), lamports);
        expect(quote === null || (quote.tokensOut > 0n && quote.feeLamports <= lamports)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

it("what a buy pays for liquidity stays in the pool, and its tokens leave it", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...vectors),
      fc.bigInt({ min: 1_000_000n, max: 10n ** 11n }),
      async (vector, lamports) => {
        const market = await marketOf(vector);
        const quote = pumpswap.quote(market, lamports);
        if (quote === null) return;
        const then = pumpswap.after(market, lamports);
        expect(then.tokens).toBe(market.tokens - quote.tokensOut);
        expect(then.lamports).toBeGreaterThanOrEqual(market.lamports + lamports - quote.feeLamports);
        expect(then.lamports).toBeLessThanOrEqual(market.lamports + lamports);
        // A buy never decreases x * y.
        const product = ({ tokens, lamports: held, virtualLamports }: typeof market) =>
          tokens * (held + virtualLamports);
        expect(product(then)).toBeGreaterThanOrEqual(product(market));
      },
    ),
    { numRuns: 300 },
  ));
