/** Tests which source a market's price is compared with, and which limits apply to the price. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { deviationOf } from "../../src/engine/buy/deviation.ts";
import { askedPrice, capOf } from "../../src/engine/buy/max-price.ts";
import { createPriceChecks } from "../../src/engine/buy/price-check.ts";
import { lossBps } from "../../src/engine/buy/price-impact.ts";
import { type Limits, priceDeviationLimit } from "../../src/engine/limits/limits.ts";
import type { MarketKind, OpenVenue, OperationRequest, Venues } from "../../src/engine/ports.ts";
import { type CTOError, type ErrorCode, isOutage } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { priceLine } from "../../src/receipts/price-words.ts";
import fc from "../support/fast-check.ts";
import { market, NO_LIMITS, noRoute, SOL, survey, take, unavailable } from "./price-parts.ts";

type Terms = Pick<OperationRequest, "maxPrice" | "maxPriceDeviationBps">;

/** Price checks against an aggregator that returns `answer`. `asked` returns the number of requests to it. */
const checks = (answer: bigint | CTOError, request: Terms = {}, limits: Limits = NO_LIMITS) => {
  let asked = 0;
  const reference: Venues["reference"] = async () => {
    asked += 1;
    if (typeof answer === "bigint") return answer;
    throw answer;
  };
  const given = { legs: [lamports(SOL)], slippageBps: 100, taker: addressOf("taker") };
  return { ...createPriceChecks({ reference }, request, limits, survey, given), asked: () => asked };
};

const pool = (rate: bigint) => market("cpmm", "openToAll", rate);

describe("a pool that anyone could have opened", () => {
  it("is compared with the aggregator's quote for the same lamports: only a higher price counts against it", async () => {
    expect(await checks(1_030_000n).check(pool(1_000_000n))).toEqual({
      reference: "aggregator",
      deviationBps: 300,
      transferFeeBps: 0,
    });
    expect((await checks(500_000n).check(pool(1_000_000n))).deviationBps).toBe(-5_000);
    await expect(checks(1_030_001n).check(pool(1_000_000n))).rejects.toMatchObject({
      code: "CTO_E_PRICE_DEVIATES",
      context: { venue: "cpmm", deviationBps: 301, limitBps: 300 },
    });
    await expect(checks(1_010_000_000n).check(pool(1_000_000n))).rejects.toMatchObject({
      context: { deviationBps: 10_090_000 },
    });
  });

  it("is not accepted without a second source, which is an outage only while the aggregator does not answer", async () => {
    for (const [answer, waits] of [
      [unavailable, true],
      [noRoute, false],
    ] as const) {
      const refusal = await checks(answer)
        .check(pool(1_000_000n))
        .catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: "CTO_E_PRICE_UNCHECKED" });
      expect(isOutage(refusal)).toBe(waits);
    }
  });

  it("is taken under the caller's cap alone where the aggregator has no price, and says so", async () => {
    for (const answer of [unavailable, noRoute]) {
      const checked = await checks(answer, { maxPrice: "1.25" }).check(pool(1_000_000n));
      // A whole token has a million units. The pool sells it for one SOL, and the cap is 1.25 SOL.
      expect(checked).toEqual({ reference: "maxPrice", deviationBps: -2_000, transferFeeBps: 0 });
    }
    // If the aggregator has a price, the cap does not replace the comparison.
    await expect(checks(2_000_000n, { maxPrice: "1.25" }).check(pool(1_000_000n))).rejects.toMatchObject({
      code: "CTO_E_PRICE_DEVIATES",
    });
  });

  it("needs one request to the aggregator, for any number of checks", async () => {
    const { check, isBeaten, asked } = checks(1_000_000n);
    await check(pool(1_000_000n));
    await isBeaten(pool(900_000n));
    await check(pool(1_000_000n));
    expect(asked()).toBe(1);
  });
});

describe("other markets", () => {
  it("need no second source where no stranger can have opened them", async () => {
    const curve = checks(9_000_000n);
    expect(await curve.check(market("pumpfun", "only", 1n))).toMatchObject({ reference: "ownMarket" });
    expect(await curve.isBeaten(market("pumpfun", "only", 1n))).toBe(false);
    expect(curve.asked()).toBe(0);
    const canonical = checks(unavailable);
    expect(await canonical.isBeaten(market("pumpswap", "canonical", 1n))).toBe(false);
    expect(await canonical.check(market("pumpswap", "canonical", 1n))).toMatchObject({
      reference: "ownMarket",
    });
  });

  it("are a single source where it is the aggregator's own", async () => {
    const open = market("jupiter", "aggregator", 1_000_000n);
    expect(await checks(1n).check(open)).toEqual({ reference: "singleSource", transferFeeBps: 0 });
    expect(await checks(1n, { maxPrice: "1" }).check(open)).toMatchObject({ reference: "maxPrice" });
  });
});

describe("the arithmetic", () => {
  it("rounds against the pool", () => {
    expect(deviationOf(3n, 4n)).toBe(3_334);
    expect(deviationOf(4n, 3n)).toBe(-2_500);
    expect(deviationOf(0n, 1n)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("takes a limit for the default, and the stricter of it and what was asked", () => {
    const limited = { maxPriceDeviationBps: 500 };
    expect(priceDeviationLimit(NO_LIMITS, undefined)).toBe(300);
    expect(priceDeviationLimit(NO_LIMITS, 1_000)).toBe(1_000);
    expect(priceDeviationLimit(limited, undefined)).toBe(500);
    expect(priceDeviationLimit(limited, 1_000)).toBe(500);
    expect(priceDeviationLimit(limited, 100)).toBe(100);
  });

  it("makes least amounts of a cap, rounded up, for any number of decimals", () => {
    const cap = (maxPrice: string, decimals: number) => capOf({ maxPrice }, { decimals });
    expect(cap("0.00000005", 6)(100_000_000n)).toBe(2_000_000_000_000n);
    expect(cap("3", 6)(SOL)).toBe(333_334n);
    expect(cap("3", 0)(10n * SOL)).toBe(4n);
    expect(cap("0.000000000000000000000000000001", 9)(1n)).toBe(10n ** 30n);
    expect(capOf({}, { decimals: 6 })(SOL)).toBe(0n);
  });

  it("adds what the mint takes of a transfer to the price impact", () => {
    expect(lossBps(50, 0)).toBe(50);
    expect(lossBps(50, 150)).toBe(200);
    expect(lossBps(0, 9_999)).toBe(9_999);
    expect(lossBps(10_000, 10_000)).toBe(10_000);
  });
});

const refusedWith = (code: ErrorCode) => expect.objectContaining({ code });

describe("the market that is taken", () => {
  const aggregator = (rate: bigint) => market("jupiter", "aggregator", rate);

  it("is the direct one, unless the aggregator is more than 50 bps better", async () => {
    const near = take([pool(1_000_000n), aggregator(1_005_000n)], 1_005_000n);
    expect(await near.taken).toMatchObject({ open: { venue: "cpmm" }, price: { deviationBps: 50 } });
    const far = take([pool(1_000_000n), aggregator(1_005_100n)], 1_005_100n);
    expect(await far.taken).toMatchObject({
      open: { venue: "jupiter" },
      price: { reference: "singleSource" },
    });
    // A caller who names a venue gets that venue, within the limit.
    const named = take([pool(1_000_000n), aggregator(1_005_100n)], 1_005_100n, { platform: "cpmm" });
    expect(await named.taken).toMatchObject({ open: { venue: "cpmm" } });
  });

  it("is the direct one after all where the better aggregator does not serve", async () => {
    const refused = market("jupiter", "aggregator", 1_020_000n, 9_000);
    const { taken, opened } = take([pool(1_000_000n), refused], 1_020_000n, { maxPriceImpactBps: 100 });
    expect(await taken).toMatchObject({ open: { venue: "cpmm" }, price: { deviationBps: 200 } });
    expect(opened).toEqual(["cpmm", "jupiter", "cpmm"]);
  });

  it("is none where a pool is 1,010 times dearer and nothing else is there: that is what it ends with", async () => {
    const { taken } = take([pool(1_000_000n)], 1_010_000_000n);
    await expect(taken).rejects.toThrow(refusedWith("CTO_E_PRICE_DEVIATES"));
  });

  it("waits while the aggregator does not answer, without a second request", async () => {
    const { taken, opened } = take([pool(1_000_000n), aggregator(1_000_000n)], unavailable);
    const refusal = await taken.catch((error: unknown) => error);
    expect(refusal).toEqual(refusedWith("CTO_E_PRICE_UNCHECKED"));
    expect(isOutage(refusal)).toBe(true);
    expect(opened).toEqual(["cpmm"]);
  });

  it("keeps every leg under the cap, whatever the slippage", async () => {
    const capped = { maxPrice: "1.005", slippageBps: 5_000 };
    const { cap } = await take([pool(1_000_000n)], 1_000_000n, capped).taken;
    expect(cap(SOL)).toBe(995_025n);
    const dear = take([pool(990_000n)], 990_000n, capped);
    await expect(dear.taken).rejects.toThrow(refusedWith("CTO_E_PRICE_ABOVE_MAX"));
  });

  it("names the price that is asked, and that price as the cap lets the same offer pass", async () => {
    const dear = take([pool(990_000n)], 990_000n, { maxPrice: "1.005" });
    await expect(dear.taken).rejects.toThrow(
      /asks 1\.0101\d+ SOL per token, and maxPrice is 1\.005: for [\d.]+ SOL it offers [\d.]+ tokens$/,
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        fc.bigInt({ min: 1n, max: 10n ** 18n }),
        fc.integer({ min: 0, max: 9 }),
        (spent, tokens, decimals) => {
          const maxPrice = askedPrice(spent, tokens, decimals);
          expect(capOf({ maxPrice }, { decimals })(spent)).toBeLessThanOrEqual(tokens);
        },
      ),
    );
  });

  describe("whose own fee is unusual", () => {
    const charging = (kind: MarketKind, feeBps: bigint, rate = 1_000_000n): OpenVenue => {
      const plain = market("meteora", kind, (rate * (10_000n - feeBps)) / 10_000n);
      return { ...plain, quote: { ...plain.quote, feeLamports: lamports((SOL * feeBps) / 10_000n) } };
    };
    const tooDear = refusedWith("CTO_E_PRICE_IMPACT_ABOVE_LIMIT");

    it("is refused above 10 per cent, unless the caller's limit allows it, or the caller's cap on the price", async () => {
      const at = (feeBps: bigint, changes: Partial<OperationRequest> = {}) =>
        take([charging("only", feeBps)], noRoute, changes).taken;
      expect(await at(1_000n)).toMatchObject({ open: { venue: "meteora" } });
      expect(await at(1_000n, { maxPriceImpactBps: 0 })).toMatchObject({ open: { venue: "meteora" } });
      await expect(at(1_001n)).rejects.toThrow(tooDear);
      await expect(at(9_900n)).rejects.toThrow("the market's fee of 9900 bps; the limit is 1000 bps");
      await expect(at(9_900n, { maxPriceImpactBps: 9_899 })).rejects.toThrow(tooDear);
      expect(await at(9_900n, { maxPriceImpactBps: 9_900 })).toMatchObject({ open: { venue: "meteora" } });
      expect(await at(5_000n, { maxPrice: "2" })).toMatchObject({ open: { venue: "meteora" } });
    });

    it.each(["only", "canonical", "openToAll"] as const)(
      "is not bought through the aggregator either, if that pays the same fee (%s)",
      async (kind) => {
        const through = (rate: bigint, changes: Partial<OperationRequest> = {}) =>
          take([charging(kind, 5_000n), aggregator(rate)], rate, changes).taken;
        await expect(through(500_000n)).rejects.toThrow(tooDear);
        await expect(through(510_000n)).rejects.toThrow(tooDear);
        expect(await through(900_000n)).toMatchObject({ open: { venue: "jupiter" } });
        expect(await through(510_000n, { maxPriceImpactBps: 5_000 })).toMatchObject({
          open: { venue: kind === "only" ? "meteora" : "jupiter" },
        });
      },
    );
  });

  it("an aggregator's claimed impact above 10 per cent needs the caller's limit, or the caller's cap on the price", async () => {
    const claiming = (priceImpactBps: number, changes: Partial<OperationRequest> = {}) => {
      const plain = aggregator(1_000_000n);
      const open = { ...plain, quote: { ...plain.quote, priceImpactBps } };
      return take([open], 1_000_000n, changes).taken;
    };
    const refused = refusedWith("CTO_E_PRICE_IMPACT_ABOVE_LIMIT");
    expect(await claiming(1_000)).toMatchObject({ open: { venue: "jupiter" } });
    await expect(claiming(1_001)).rejects.toThrow(refused);
    await expect(claiming(10_000)).rejects.toThrow(refused);
    expect(await claiming(5_000, { maxPriceImpactBps: 5_000 })).toMatchObject({ open: { venue: "jupiter" } });
    expect(await claiming(5_000, { maxPrice: "2" })).toMatchObject({ open: { venue: "jupiter" } });
    // A direct market's impact follows from its own reserves. Nobody claims it.
    const steep = pool(1_000_000n);
    const direct = { ...steep, quote: { ...steep.quote, priceImpactBps: 5_000 } };
    expect(await take([direct], 1_000_000n).taken).toMatchObject({ open: { venue: steep.venue } });
  });

  it("says with its price that wallets show other amounts of the token", async () => {
    for (const shownAs of ["scaled", "interest"] as const) {
      const { price } = await take([pool(1_000_000n)], 1_000_000n, {}, { given: { ...survey, shownAs } })
        .taken;
      expect(price).toMatchObject({ reference: "aggregator", shownAs });
      expect(priceLine(price)).toContain("so they differ from the amounts and prices here");
    }
    const { price } = await take([pool(1_000_000n)], 1_000_000n).taken;
    expect(priceLine(price)).toBe("the same as the aggregator's quote");
  });

  it("costs no more to the mint than was allowed, be it the aggregator's", async () => {
    const taxed = { ...survey, transferFeeBps: 1_001 };
    const at = (changes: Partial<OperationRequest>) =>
      take([aggregator(1n)], 1n, changes, { given: taxed }).taken;
    await expect(at({})).rejects.toThrow(refusedWith("CTO_E_TRANSFER_FEE_ABOVE_LIMIT"));
    await expect(at({ maxTransferFeeBps: 1_001, maxPriceImpactBps: 1_000 })).rejects.toThrow(
      refusedWith("CTO_E_PRICE_IMPACT_ABOVE_LIMIT"),
    );
  });
});
