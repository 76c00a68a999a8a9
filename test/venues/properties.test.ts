/** Tests properties that hold for every venue, for any market and for any bytes from an endpoint. */
import { getAddressEncoder } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address, Fetched, RawAccount, WitnessReader } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { bonk } from "../../src/venues/bonk/index.ts";
import { POOL as BONK_POOL } from "../../src/venues/bonk/program.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { CONFIG as CPMM_CONFIG, POOL as CPMM_POOL } from "../../src/venues/cpmm/program.ts";
import { createDirectVenues } from "../../src/venues/direct-venues.ts";
import { heaven } from "../../src/venues/heaven/index.ts";
import { CONFIG as HEAVEN_CONFIG, POOL as HEAVEN_POOL } from "../../src/venues/heaven/program.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import type { MeteoraMarket } from "../../src/venues/meteora/market.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { CURVE, GLOBAL } from "../../src/venues/pumpfun/program.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import { GLOBAL_CONFIG, POOL as PUMPSWAP_POOL } from "../../src/venues/pumpswap/program.ts";
import { surveyToken } from "../../src/venues/survey.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import fc from "../support/fast-check.ts";
import {
  bonkMarket,
  cpmmMarket,
  heavenMarket,
  meteoraMarket,
  pumpfunMarket,
  pumpswapMarket,
} from "./markets.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const OWNER = "E21hxLJTgC8xS4aWXUkqwfycbXFPSYfcUWUVBfXHMgqv" as Address;
const TOKEN_PROGRAMS = [
  "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
] as Address[];

const KINDS = [
  BONK_POOL,
  CPMM_POOL,
  CPMM_CONFIG,
  HEAVEN_POOL,
  HEAVEN_CONFIG,
  CURVE,
  GLOBAL,
  GLOBAL_CONFIG,
  PUMPSWAP_POOL,
];

const bytes = fc.uint8Array({ maxLength: 3_000 });

/** Arbitrary bytes, or the right owner and discriminator followed by arbitrary bytes. */
const account: fc.Arbitrary<RawAccount | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    owner: fc.constantFrom(...TOKEN_PROGRAMS, ...KINDS.map(({ owner }) => owner)),
    lamports: fc.bigInt({ min: 0n, max: 10n ** 18n }),
    data: bytes,
  }),
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      lamports: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      data: bytes,
    })
    .map(({ kind, lamports, data }) => ({
      owner: kind.owner,
      lamports,
      data: Uint8Array.from([...kind.discriminator, ...data]),
    })),
) as fc.Arbitrary<RawAccount | null>;

const fetchedFrom = async (
  venue: DirectVenue,
  accounts: readonly (RawAccount | null)[],
): Promise<Fetched> => {
  const named = [MINT, ...(await venue.accounts(MINT))];
  const at = (index: number): RawAccount | null => accounts[index % accounts.length] ?? null;
  const first = { slot: 1n, accounts: new Map(named.map((address, index) => [address, at(index)])) };
  const further = (await venue.more?.(MINT, first)) ?? [];
  const rest = further.map((address, index) => [address, at(index + named.length)] as const);
  return { slot: 1n, accounts: new Map([...first.accounts, ...rest]) };
};

describe.each(createDirectVenues())("the venue $code", (venue) => {
  it("reads any bytes without a panic, and quotes whatever it reads", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(account, { minLength: 1, maxLength: 30 }),
        fc.bigInt({ min: 1n, max: 10n ** 13n }),
        async (accounts, lamports) => {
          const reading = await venue.read(MINT, await fetchedFrom(venue, accounts));
          if (reading.state !== "trading") return;
          const quote = venue.quote(reading.market, lamports);
          venue.after(reading.market, lamports);
          expect(quote === null || quote.tokensOut > 0n).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("knows nothing of a token without accounts", async () => {
    expect(await venue.read(MINT, await fetchedFrom(venue, [null]))).toEqual({ state: "none" });
  });
});

describe("the survey", () => {
  /** A valid mint or token account, with some bytes replaced by arbitrary ones. */
  const tokenBytes = fc
    .record({
      size: fc.constantFrom(82, 165, 166, 170, 300),
      type: fc.constantFrom(0, 1, 2),
      at: fc.nat(160),
      bytes: fc.uint8Array({ maxLength: 60 }),
    })
    .map(({ size, type, at, bytes: anything }) => {
      const data = new Uint8Array(size);
      data[45] = 1; // a mint: initialised
      data[36] = 1; // with a supply
      if (size > 165) data[165] = type;
      data.set(anything.subarray(0, Math.max(0, size - at)), Math.min(at, size));
      return data;
    });
  const surveyed = fc.record({
    owner: fc.constantFrom(...TOKEN_PROGRAMS),
    lamports: fc.bigInt({ min: 0n, max: 10n ** 18n }),
    data: fc.oneof(tokenBytes, bytes),
  }) as fc.Arbitrary<RawAccount>;

  it("of any bytes throws nothing but an error that has a code", async () => {
    await fc.assert(
      fc.asyncProperty(surveyed, surveyed, async (mint, token) => {
        const read: WitnessReader = async (asked) => [
          {
            endpoint: "endpoint",
            slot: 1n,
            accounts: new Map(
              asked.map((one) => [one, one === MINT ? mint : (clusterAccounts().get(one) ?? token)]),
            ),
          },
        ];
        const encoded = getAddressEncoder();
        if (token.data.length >= 64) {
          token.data.set(encoded.encode(MINT), 0);
          token.data.set(encoded.encode(OWNER), 32);
        }
        try {
          const { owners } = await surveyToken(read, MINT, [OWNER]);
          expect(owners.size).toBe(1);
        } catch (error) {
          expect(isCTOError(error)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const amount = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const bps = amount(0n, 500n);
const tiers = fc
  .array(fc.record({ lpBps: bps, protocolBps: bps, creatorBps: bps }), { minLength: 1, maxLength: 1 })
  .map((fees) => fees.map((each) => ({ marketCap: 0n, fees: each })));

type Case = {
  readonly venue: DirectVenue;
  readonly market: unknown;
  readonly reserve: (market: never) => bigint;
};

const erase = <Market>(venue: DirectVenue<Market>, reserve: (market: Market) => bigint) => ({
  of: (market: Market): Case => ({
    venue: venue as unknown as DirectVenue,
    market,
    reserve: reserve as (market: never) => bigint,
  }),
});

const MARKETS: [string, fc.Arbitrary<Case>][] = [
  [
    "pumpfun",
    fc
      .record({
        virtualTokens: amount(10n ** 12n, 10n ** 15n),
        virtualLamports: amount(10n ** 9n, 10n ** 12n),
        realTokens: amount(10n ** 9n, 10n ** 12n),
        tiers,
      })
      .map((market) => erase(pumpfun, ({ realTokens }) => realTokens).of(pumpfunMarket(market))),
  ],
  [
    "pumpswap",
    fc
      .record({
        tokens: amount(10n ** 6n, 10n ** 15n),
        lamports: amount(10n ** 6n, 10n ** 13n),
        virtualLamports: amount(0n, 10n ** 10n),
        supply: amount(10n ** 12n, 10n ** 15n),
        creatorFeeBps: bps,
        hasCreator: fc.boolean(),
        tiers,
      })
      .map((market) => erase(pumpswap, ({ tokens }) => tokens).of(pumpswapMarket(market))),
  ],
  [
    "bonk",
    fc
      .record({
        virtualTokens: amount(10n ** 14n, 2n * 10n ** 15n),
        totalTokens: amount(10n ** 13n, 9n * 10n ** 13n),
        soldTokens: amount(0n, 10n ** 13n),
        virtualLamports: amount(10n ** 8n, 10n ** 11n),
        raisedLamports: amount(0n, 10n ** 11n),
        feeRate: amount(0n, 30_000n),
      })
      .map((market) =>
        erase(bonk, ({ totalTokens, soldTokens }) => totalTokens - soldTokens).of(bonkMarket(market)),
      ),
  ],
  [
    "cpmm",
    fc
      .record({
        lamports: amount(10n ** 9n, 10n ** 13n),
        tokens: amount(10n ** 6n, 10n ** 15n),
        tradeFeeRate: amount(100n, 40_000n),
        protocolFeeRate: amount(0n, 200_000n),
        fundFeeRate: amount(0n, 100_000n),
        creatorFeeRate: amount(0n, 20_000n),
        isCreatorFeeOnSol: fc.boolean(),
      })
      .map((market) => erase(cpmm, ({ tokens }) => tokens).of(cpmmMarket(market))),
  ],
  [
    "heaven",
    fc
      .record({
        lamports: amount(10n ** 9n, 10n ** 13n),
        tokens: amount(10n ** 9n, 10n ** 15n),
        rates: fc.array(amount(0n, 300n), { minLength: 5, maxLength: 5 }),
      })
      .map((market) => erase(heaven, ({ tokens }) => tokens).of(heavenMarket(market))),
  ],
];

/** Returns the token base units that the segments still sell, from the present price to the curve's end. */
const leftOn = ({ segments, sqrtPrice }: MeteoraMarket): bigint => {
  let [sum, from] = [0n, sqrtPrice];
  for (const { sqrtPrice: end, liquidity } of segments) {
    if (end <= from) continue;
    sum += (liquidity * (end - from)) / (from * end) + 1n;
    from = end;
  }
  return sum;
};

const meteora = createMeteora();
const meteoraMarkets = fc
  .record({
    start: amount(1n << 50n, 1n << 58n),
    parts: fc.array(fc.record({ width: amount(5n, 100n), lamports: amount(10n ** 8n, 10n ** 12n) }), {
      minLength: 1,
      maxLength: 4,
    }),
    scheduledFee: amount(2_500_000n, 500_000_000n),
    accumulator: amount(0n, 300_000n),
    isDynamic: fc.boolean(),
    isFeeOnSol: fc.boolean(),
  })
  .map(({ start, parts, scheduledFee, accumulator, isDynamic, isFeeOnSol }) => {
    let end = start;
    const segments = parts.map(({ width, lamports }) => {
      const from = end;
      end += (end * width) / 100n;
      return { sqrtPrice: end, liquidity: (lamports << 128n) / (end - from) };
    });
    const volatility = isDynamic ? { binStep: 1n, control: 40_000n, accumulator, most: 350_000n } : null;
    const given = { sqrtPrice: start, endSqrtPrice: end, segments, scheduledFee, volatility, isFeeOnSol };
    return erase(meteora as DirectVenue<MeteoraMarket>, leftOn).of(meteoraMarket(given));
  });
const input = amount(10_000n, 10n ** 11n);

describe.each([...MARKETS, ["meteora", meteoraMarkets] as const])(
  "the arithmetic of %s",
  (_name, arbitrary) => {
    it("never gives more than the market holds, and never fewer tokens for more SOL", () => {
      fc.assert(
        fc.property(arbitrary, input, input, ({ venue, market, reserve }, one, other) => {
          // Each fee is rounded separately. For a few lamports, these rounding steps may exceed the
          // difference in the amount.
          const [less, more] = one < other ? [one, other + 1_000n] : [other, one + 1_000n];
          const small = venue.quote(market, less);
          const large = venue.quote(market, more);
          if (large !== null) {
            expect(large.tokensOut).toBeLessThanOrEqual(reserve(market as never));
            if (small !== null) expect(large.tokensOut).toBeGreaterThanOrEqual(small.tokensOut);
            expect(large.feeLamports).toBeLessThanOrEqual(more);
            expect(large.priceImpactBps).toBeGreaterThanOrEqual(0);
          }
        }),
        { numRuns: 500 },
      );
    });

    it("gives two buys no more than the one of both together, and takes from the market what it gives", () => {
      fc.assert(
        fc.property(arbitrary, input, input, ({ venue, market, reserve }, one, other) => {
          const first = venue.quote(market, one);
          const then = venue.after(market, one);
          const second = venue.quote(then, other);
          const both = venue.quote(market, one + other);
          if (first === null) return;
          expect(reserve(then as never)).toBeLessThanOrEqual(reserve(market as never) - first.tokensOut);
          if (second !== null && both !== null)
            expect(first.tokensOut + second.tokensOut).toBeLessThanOrEqual(both.tokensOut);
        }),
        { numRuns: 500 },
      );
    });

    it("gives less to who comes second", () => {
      fc.assert(
        fc.property(arbitrary, input, ({ venue, market }, lamports) => {
          const first = venue.quote(market, lamports);
          if (first === null) return;
          const second = venue.quote(venue.after(market, lamports), lamports);
          if (second !== null) expect(second.tokensOut).toBeLessThanOrEqual(first.tokensOut);
        }),
        { numRuns: 500 },
      );
    });
  },
);
