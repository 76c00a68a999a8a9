/**
 * Tests an aggregator that quotes well to be asked, and builds something dearer once a direct market was left for it.
 */
import { lamports as lamportsOf } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createFees, type Fees } from "../../src/engine/buy/price-impact.ts";
import type { NewLeg, OpenVenue } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { legsOf } from "../../src/journal/contract/harness.ts";
import { openAgreed } from "../../src/venues/agree.ts";
import { market, noRoute, SOL, take } from "./price-parts.ts";

/** What every honest market gives for 1 SOL. */
const RATE = 1_030_000_000n;
/** 300 bps dearer, which is allowed, and a little dearer than that. */
const NEAR = 1_000_000_000n;
const FAR = 999_900_000n;
const [{ lamports, address }] = legsOf(1) as [NewLeg];
const LEG = { lamports, buyer: address, payer: address };

/** The aggregator's route as it is opened. Its legs may cost more than it says of the whole. */
const aggregator = (rate: bigint, legRate = rate): OpenVenue => {
  const whole = market("jupiter", "aggregator", rate);
  const leg = market("jupiter", "aggregator", legRate);
  const offer = (amount: NewLeg["lamports"]) => ({
    ...whole.offer(amount),
    leastTokens: leg.offer(amount).leastTokens,
  });
  return { ...whole, offline: false, offer, buy: leg.buy };
};

const curve = market("pumpfun", "only", RATE);
const canonical = market("pumpswap", "canonical", RATE);
const pool = (rate: bigint) => market("cpmm", "openToAll", rate);

const deviates = (than: string) => ({ code: "CTO_E_PRICE_DEVIATES", context: { venue: "jupiter", than } });
const OWN_QUOTE = deviates("the aggregator itself quoted before");

describe("an aggregator that baits", () => {
  it("by a good quote is not opened at a dearer price: the market that was left is taken after all", async () => {
    const bait = (RATE * 102n) / 100n;
    for (const direct of [canonical, pool(RATE)]) {
      const { taken, opened } = take([direct, aggregator(RATE / 10n)], bait);
      expect(await taken).toMatchObject({ open: { venue: direct.venue }, price: { deviationBps: 200 } });
      expect(opened).toEqual([direct.venue, "jupiter", direct.venue]);
    }
    await expect(take([pool(RATE), aggregator(RATE / 10n)], RATE * 10n).taken).rejects.toMatchObject(
      OWN_QUOTE,
    );
  });

  it("is not used after a pool was too dear, unless it gives what made the pool too dear", async () => {
    const taking = (rate: bigint) =>
      take([pool(RATE / 1_000n), aggregator(rate)], RATE, { platform: "cpmm" }).taken;
    for (const rate of [RATE / 900n, FAR])
      await expect(taking(rate)).rejects.toMatchObject({ code: "CTO_E_PRICE_DEVIATES" });
    expect(await taking(NEAR)).toMatchObject({ open: { venue: "jupiter" } });
  });

  it("is not used at a dearer price where the token's own market failed its simulation", async () => {
    const taking = (direct: OpenVenue, rate: bigint) =>
      take([direct, aggregator(rate)], noRoute, {}, { failing: direct.venue }).taken;
    for (const direct of [curve, canonical]) {
      const refused = await taking(direct, FAR).catch((error: unknown) => error);
      expect(refused).toMatchObject(deviates(`${direct.venue} offers`));
      expect(isCTOError(refused) && refused.message).toBe(
        `The price at jupiter is 302 bps above what ${direct.venue} offers for the same lamports; the limit is 300 bps`,
      );
      expect(await taking(direct, NEAR)).toMatchObject({ open: { venue: "jupiter" } });
    }
  });

  it("is held to the market as the cheapest of several endpoints shows it, whichever answers first", async () => {
    const shown = [RATE, (RATE * 99n) / 100n].map((rate, at) => ({
      endpoint: `endpoint ${at + 1}`,
      open: market("pumpfun", "only", rate),
    }));
    for (const views of [shown, shown.toReversed()]) {
      const agreed = openAgreed(views, [lamports]);
      const taking = (rate: bigint) =>
        take([agreed, aggregator(rate)], noRoute, {}, { failing: "pumpfun" }).taken;
      await expect(taking(FAR)).rejects.toMatchObject(deviates("pumpfun offers"));
      const { open } = await taking(NEAR);
      expect(open.venue).toBe("jupiter");
    }
  });

  it("pays a dear market's fee as the cheapest of several endpoints shows that market", () => {
    const dear = { ...curve.quote, tokensOut: 100n, feeLamports: lamportsOf(SOL / 2n) };
    const quote = { ...curve.quote, tokensOut: 100n };
    const feeAfter = (left: Parameters<Fees["of"]>[0]): number => {
      const fees = createFees();
      fees.of(left);
      return fees.of({ market: "aggregator", quote });
    };
    expect(feeAfter({ market: "only", quote: dear })).toBe(5_000);
    expect(feeAfter({ market: "only", quote: dear, mostTokensOut: 125n })).toBe(6_000);
  });

  it("builds no leg for less than the market that was left gives, whatever it says of the whole and of its impact", async () => {
    for (const [direct, quote] of [
      [curve, noRoute],
      [canonical, (RATE * 101n) / 100n],
      [pool(RATE), (RATE * 101n) / 100n],
    ] as const) {
      const dear = take([direct, aggregator(RATE, RATE / 1_000n)], quote, {}, { failing: direct.venue });
      const { open } = await dear.taken;
      expect(open.venue).toBe("jupiter");
      // 1 % of slippage, and 3 % of deviation.
      const least = (LEG.lamports * NEAR * 99n) / (SOL * 100n);
      expect(open.offer(LEG.lamports).leastTokens).toBe(least);
      const { minTokensOut } = await open.buy(LEG);
      expect(minTokensOut).toBe(least);
    }
  });

  it("has no leg signed for less than that, even if its build ignores the least that was asked for", async () => {
    const ignoring = aggregator(RATE, RATE / 1_000n);
    const { buy } = ignoring;
    const careless = { ...ignoring, buy: ({ atLeast: _, ...one }: Parameters<typeof buy>[0]) => buy(one) };
    const { taken } = take([curve, careless], noRoute, {}, { failing: "pumpfun" });
    await expect(taken).rejects.toMatchObject({ code: "CTO_E_PRICE_MOVED", context: { venue: "jupiter" } });
  });

  it("is held to the token's own market also where it comes first in the route", async () => {
    const first = (rate: bigint, trading: readonly ("pumpswap" | "pumpfun")[] = ["pumpswap"]) =>
      take([aggregator(rate), canonical], noRoute, { platform: "pumpswap" }, { trading }).taken;
    expect(await first(RATE / 10n)).toMatchObject({ open: { venue: "pumpswap" } });
    expect(await first(NEAR)).toMatchObject({ open: { venue: "jupiter" } });
    // Where the token does not trade, nothing is read.
    expect(await first(RATE / 10n, [])).toMatchObject({ open: { venue: "jupiter" } });
  });

  it("may come nearer by a shorter route, which is held to the same offers", async () => {
    const long = aggregator(RATE);
    const shorter = async () => aggregator(RATE, RATE / 1_000n);
    const { open } = await take([curve, { ...long, shorter }], noRoute, {}, { failing: "pumpfun" }).taken;
    const short = (await open.shorter?.()) ?? expect.fail("no shorter route");
    const { minTokensOut } = await short.buy(LEG);
    expect(minTokensOut).toBeGreaterThan((LEG.lamports * RATE * 95n) / (SOL * 100n));
  });
});

describe("an honest aggregator", () => {
  it("is taken where it is better, and its own least amounts stay", async () => {
    const better = (RATE * 102n) / 100n;
    const { open, price } = await take([canonical, aggregator(better)], better).taken;
    expect(open).toMatchObject({ venue: "jupiter" });
    expect(price).toMatchObject({ reference: "singleSource" });
    expect(open.offer(lamportsOf(SOL)).leastTokens).toBe((better * 99n) / 100n);
  });

  it("is not bound by a pool that seems cheap and fails, beyond what it has quoted itself", async () => {
    const { open } = await take([pool(RATE * 100n), aggregator(RATE)], RATE, {}, { failing: "cpmm" }).taken;
    expect(open.venue).toBe("jupiter");
    expect(open.offer(lamportsOf(SOL)).leastTokens).toBe((RATE * 99n) / 100n);
    const unquoted = take(
      [pool(RATE * 100n), aggregator(RATE)],
      noRoute,
      { maxPrice: "1" },
      { failing: "cpmm" },
    );
    expect(await unquoted.taken).toMatchObject({ open: { venue: "jupiter" } });
  });

  it("may be dearer than what was left if the caller allows that", async () => {
    const wide = take(
      [curve, aggregator(RATE / 2n)],
      noRoute,
      { maxPriceDeviationBps: 10_000 },
      { failing: "pumpfun" },
    );
    expect(await wide.taken).toMatchObject({ open: { venue: "jupiter" } });
  });
});
