/**
 * Tests a market that several endpoints show differently: every check is held to the view that is strictest for it, and
 * endpoints that differ by more than their slots explain stop the operation.
 */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createPriceChecks } from "../../src/engine/buy/price-check.ts";
import { takeFirst } from "../../src/engine/buy/take-first.ts";
import { agreementLimit, limitsFor } from "../../src/engine/limits/limits.ts";
import type { Address, Fetched, Lamports, OpenVenue, Survey, Venues } from "../../src/engine/ports.ts";
import { VERSION_ZERO } from "../../src/engine/transaction/format.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, legsOf, requestOf } from "../../src/journal/contract/harness.ts";
import { openAgreed, type View } from "../../src/venues/agree.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import type { CpmmMarket } from "../../src/venues/cpmm/market.ts";
import { openDirect } from "../../src/venues/open-direct.ts";
import { openSpoken } from "../../src/venues/open-spoken.ts";
import type { DirectVenue, OpenRequest } from "../../src/venues/venue.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { cpmmMarket } from "./markets.ts";

const LEG = lamports(100_000_000n);
const TAKER = addressOf("taker");
/** A call's members: no quote binds them, only the cap of the terms. */
const ANY_SLIPPAGE = 10_000;

const survey: Survey = {
  slot: 1n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

/** A pool of 1,000 SOL that holds this many thousandths of a billion token units. */
const poolOf = (thousandths: bigint, changes: Partial<CpmmMarket> = {}): CpmmMarket =>
  ({
    ...cpmmMarket({
      lamports: 1_000_000_000_000n,
      tokens: 1_000_000_000n * thousandths,
      tradeFeeRate: 2_500n,
      protocolFeeRate: 120_000n,
      fundFeeRate: 40_000n,
      creatorFeeRate: 0n,
      isCreatorFeeOnSol: true,
    }),
    ...changes,
  }) as CpmmMarket;

const requestFor = (slippageBps: number, legs: readonly Lamports[] = [LEG]): OpenRequest => ({
  legs,
  slippageBps,
  taker: TAKER,
});

const viewsOf = (slippageBps: number, thousandths: readonly bigint[]): View[] =>
  thousandths.map((tokens, at) => ({
    endpoint: `endpoint ${at + 1}`,
    open: openDirect(cpmm, poolOf(tokens), survey, requestFor(slippageBps)),
  }));

const DISAGREE = { code: "CTO_E_ENDPOINTS_DISAGREE" };
const HONEST = 1_000n;

describe("a pool that one endpoint shows cheaper than it is", () => {
  const honest = viewsOf(300, [HONEST])[0]?.open as OpenVenue;
  // The honest pool is 4 % dearer than the second source: refused. With the lie it would be 1 % dearer.
  const reference = (honest.quote.tokensOut * 104n) / 100n;
  const check = (open: OpenVenue) =>
    createPriceChecks(
      { reference: async () => reference },
      {},
      limitsFor({ everyone: null, own: null }, false),
      survey,
      requestFor(300),
    ).check(open);

  it.each(["the one that lies", "the honest one"])(
    "is held to the second source as the dearest endpoint shows it, if %s answers first",
    async (first) => {
      const thousandths = first === "the honest one" ? [HONEST, 1_029n] : [1_029n, HONEST];
      await expect(check(honest)).rejects.toMatchObject({ code: "CTO_E_PRICE_DEVIATES" });
      const open = openAgreed(viewsOf(300, thousandths), [LEG]);
      await expect(check(open)).rejects.toMatchObject({
        code: "CTO_E_PRICE_DEVIATES",
        context: { deviationBps: 400 },
      });
      expect(open.quote.legs).toEqual(honest.quote.legs);
      // The transaction still accepts no less than the endpoint that promises most.
      const [most] = viewsOf(300, [1_029n]);
      expect(open.offer(LEG).leastTokens).toBe(most?.open.offer(LEG).leastTokens);
    },
  );

  it("is as dear in fees as the endpoint says that shows most of them", () => {
    const views = viewsOf(300, [HONEST, HONEST]).map(({ endpoint, open }, at) => ({
      endpoint,
      open: { ...open, quote: { ...open.quote, feeLamports: lamports(at === 0 ? 1n : 250_000n) } },
    }));
    expect(openAgreed(views, [LEG]).quote.feeLamports).toBe(250_000n);
    expect(openAgreed(views.toReversed(), [LEG]).quote.feeLamports).toBe(250_000n);
  });
});

describe("endpoints whose prices differ", () => {
  it("must agree within a bound of its own where no slippage was stated, as in a call", () => {
    const views = (tokens: bigint) => viewsOf(ANY_SLIPPAGE, [tokens, HONEST]);
    const bound = agreementLimit(limitsFor({ everyone: null, own: null }, false), undefined);
    expect(bound).toBe(300);
    expect(() => openAgreed(views(2_000n), [LEG], bound)).toThrow(expect.objectContaining(DISAGREE));
    expect(() => openAgreed(views(500n), [LEG], bound)).toThrow(expect.objectContaining(DISAGREE));
    expect(() => openAgreed(views(1_032n), [LEG], bound)).toThrow(expect.objectContaining(DISAGREE));
    expect(openAgreed(views(1_029n), [LEG], bound).quote.legs).toHaveLength(1);
  });

  it("may differ by no more than the slippage where that is less", () => {
    expect(() => openAgreed(viewsOf(50, [1_010n, HONEST]), [LEG], 300)).toThrow(
      expect.objectContaining(DISAGREE),
    );
  });

  it("may differ by more only where the caller or the installation allows a larger deviation", () => {
    const limits = (maxPriceDeviationBps: number) => ({ maxPriceDeviationBps });
    expect(agreementLimit({ maxPriceDeviationBps: null }, 900)).toBe(900);
    expect(agreementLimit(limits(500), 900)).toBe(500);
    // Prices move from slot to slot: a limit on the deviation that is very strict does not stop every operation.
    expect(agreementLimit(limits(0), undefined)).toBe(300);
  });
});

describe("an operation's market", () => {
  it("is opened with that bound, whose default no slippage of the caller's widens", async () => {
    const asked: (number | undefined)[] = [];
    const venues = {
      detect: async () => ({ platform: "cpmm", trading: [], notes: [] }),
      route: () => ["cpmm"],
      open: async (_venue: string, _survey: Survey, { agreeWithinBps }: OpenRequest) => {
        asked.push(agreeWithinBps);
        throw new CTOError("CTO_E_NO_ROUTE", { mint: "m", venue: "cpmm", reason: "none" });
      },
    } as unknown as Venues;
    const limits = limitsFor({ everyone: null, own: null }, false);
    const context = { legs: legsOf(1), legCount: 1, payers: { funding: null }, limits, format: VERSION_ZERO };
    for (const maxPriceDeviationBps of [undefined, 700]) {
      const request = {
        ...requestOf(),
        slippageBps: ANY_SLIPPAGE,
        ...(maxPriceDeviationBps === undefined ? {} : { maxPriceDeviationBps }),
      };
      await expect(
        takeFirst({ venues }, request, survey, context, async () => expect.fail("nothing is sized")),
      ).rejects.toMatchObject({ code: "CTO_E_NO_ROUTE" });
    }
    expect(asked).toEqual([300, 700]);
  });
});

describe("the market itself", () => {
  /** Each endpoint's accounts name the market that it shows, by their slot. */
  const venue = (markets: readonly CpmmMarket[]): DirectVenue<CpmmMarket> => ({
    ...cpmm,
    accounts: async () => [],
    more: async () => [],
    read: async (_mint, { slot }) => ({
      state: "trading",
      market: markets[Number(slot)] as CpmmMarket,
      liquidity: 1n,
    }),
  });
  const openOn = (markets: readonly CpmmMarket[]): Promise<OpenVenue> => {
    const [first, ...others] = markets.map((_, at) => ({
      ...survey,
      endpoint: `endpoint ${at + 1}`,
      fetched: { slot: BigInt(at), accounts: new Map() },
    }));
    return openSpoken(
      async () => [],
      venue(markets) as DirectVenue,
      { ...(first as Survey), others },
      requestFor(ANY_SLIPPAGE),
      {},
    );
  };
  const OTHER = addressOf("another pool");

  it("must be the same on every endpoint: a pool that one of them shows cheap is not bought on the word of that one", async () => {
    const honest = poolOf(HONEST);
    await expect(openOn([honest, honest])).resolves.toMatchObject({ venue: "cpmm" });
    for (const markets of [
      [poolOf(1_010n, { pool: OTHER }), honest],
      [honest, poolOf(1_010n, { pool: OTHER })],
      [honest, poolOf(HONEST, { solVault: OTHER })],
    ])
      await expect(openOn(markets)).rejects.toMatchObject(DISAGREE);
  });
});

describe("two pools of one token that give almost the same", () => {
  const [A, B] = [addressOf("pool a"), addressOf("pool b")];
  const PROBE = 1_000_000_000n;
  type Shown = readonly (readonly [pool: Address, thousandths: bigint])[];
  /** Each endpoint shows these pools, in thousandths. */
  const venueOf = (views: readonly Shown[]): DirectVenue<CpmmMarket> => {
    const poolsAt = ({ slot }: Fetched) =>
      (views[Number(slot)] ?? [])
        .map(([pool, tokens]) => poolOf(tokens, { pool }))
        .map((market) => ({ market, tokensOut: cpmm.quote(market, PROBE)?.tokensOut ?? 0n }))
        .toSorted((a, b) => Number(b.tokensOut - a.tokensOut));
    return {
      ...cpmm,
      accounts: async () => [],
      more: async () => [],
      pools: async (_mint, fetched) => poolsAt(fetched),
      read: async (_mint, fetched) => {
        const [best] = poolsAt(fetched);
        return best ? { state: "trading", market: best.market, liquidity: 1n } : { state: "none" };
      },
    };
  };
  const openOn = async (views: readonly Shown[], slippageBps = 300) => {
    const [first, ...others] = views.map((_, at) => ({
      ...survey,
      endpoint: `endpoint ${at + 1}`,
      fetched: { slot: BigInt(at), accounts: new Map() },
    }));
    const given = { ...(first as Survey), others };
    const read = async () => [];
    return openSpoken(read, venueOf(views) as DirectVenue, given, requestFor(slippageBps), {});
  };
  const boughtAt = async (open: OpenVenue) =>
    (await open.buy({ buyer: TAKER, payer: TAKER, lamports: LEG })).market?.["pool"];
  const least = (thousandths: bigint) =>
    openDirect(cpmm, poolOf(thousandths), survey, requestFor(300)).offer(LEG).leastTokens;

  it("are one market: the one whose lowest reading is highest, whichever endpoint answers first", async () => {
    // A moves between the two slots, and B does not: B never gives less than 1,001.
    const views: Shown[] = [
      [
        [A, 1_000n],
        [B, 1_001n],
      ],
      [
        [A, 1_003n],
        [B, 1_001n],
      ],
    ];
    for (const shown of [views, views.toReversed()]) {
      const open = await openOn(shown);
      expect(await boughtAt(open)).toBe(B);
      expect(open.offer(LEG).leastTokens).toBe(least(1_001n));
    }
    expect(
      await boughtAt(
        await openOn([
          [
            [A, 1_002n],
            [B, 1_001n],
          ],
          [
            [A, 1_002n],
            [B, 1_003n],
          ],
        ]),
      ),
    ).toBe(A);
  });

  it("still bind by the endpoint that shows the chosen one cheapest", async () => {
    const open = await openOn([
      [
        [A, 1_000n],
        [B, 1_002n],
      ],
      [
        [A, 1_004n],
        [B, 1_001n],
      ],
    ]);
    expect(await boughtAt(open)).toBe(B);
    expect(open.offer(LEG).leastTokens).toBe(least(1_002n));
  });

  it("are a disagreement where they are further apart, as a liar would have them, or where one is not there", async () => {
    const honest: Shown = [
      [A, 1_000n],
      [B, 990n],
    ];
    for (const lie of [
      [
        [A, 980n],
        [B, 990n],
      ],
      [
        [A, 1_000n],
        [B, 1_020n],
      ],
      [[B, 1_000n]],
      [
        [A, 1_000n],
        [addressOf("pool c"), 1_020n],
      ],
    ] as Shown[])
      for (const views of [
        [honest, lie],
        [lie, honest],
      ])
        await expect(openOn(views)).rejects.toMatchObject(DISAGREE);
  });

  it("do not include a pool that only one endpoint shows", async () => {
    const honest: Shown = [[A, 1_000n]];
    const lie: Shown = [
      [A, 1_000n],
      [B, 1_001n],
    ];
    expect(await boughtAt(await openOn([honest, lie]))).toBe(A);
    expect(await boughtAt(await openOn([lie, honest]))).toBe(A);
  });

  it("are a disagreement where they are further apart than the slippage", async () => {
    const views: Shown[] = [
      [
        [A, 1_000n],
        [B, 1_001n],
      ],
      [
        [A, 1_003n],
        [B, 1_001n],
      ],
    ];
    await expect(openOn(views, 30)).resolves.toMatchObject({ venue: "cpmm" });
    await expect(openOn(views, 9)).rejects.toMatchObject(DISAGREE);
  });
});
