/** Tests the data of the operation page's charts, which come from the stored record alone. */
import { describe, expect, it } from "vitest";
import type { Leg, OperationDetail, Step } from "../../web/src/api/types.ts";
import {
  againstQuote,
  cumulativeFill,
  fillEnd,
  legPrices,
  referenceOf,
} from "../../web/src/pages/operation/prices.ts";

const leg = (index: number, status: Leg["status"], tokensReceived: string | null): Leg =>
  ({ leg: index, lamports: "1000", status, tokensReceived }) as Leg;
const buy = (index: number, ...attempts: [status: string, quoted: string, least: string][]): Step =>
  ({
    kind: "buy",
    leg: index,
    attempts: attempts.map(([status, quotedTokensOut, minTokensOut]) => ({
      status,
      quotedTokensOut,
      minTokensOut,
    })),
  }) as Step;

const operation = {
  legs: [leg(1, "finalized", "500"), leg(2, "in_flight", null), leg(3, "ready", null)],
} as OperationDetail;

describe("prices", () => {
  it("compare what was paid with the quote of the attempt that landed", () => {
    const steps = [buy(1, ["dead", "400", "360"], ["landed", "490", "450"]), buy(2, ["live", "500", "450"])];
    const [first, second, third] = legPrices(operation, steps);
    expect(first).toEqual({ leg: 1, paid: 2, quoted: 1_000 / 490, limit: 1_000 / 450 });
    expect(first && againstQuote(first)).toBe(-200);
    expect(second).toMatchObject({ paid: null, quoted: 2 });
    expect(third).toEqual({ leg: 3, paid: null, quoted: null, limit: null });
  });
});

it("ends the time axis now while an operation is under way, and at its last event when it is over", () => {
  const events = [{ at: "2026-11-27T10:00:00.000Z" }, { at: "2026-11-27T10:00:05.000Z" }];
  const now = Date.parse("2026-11-27T10:01:00.000Z");
  expect(fillEnd({ status: "active" }, events, now)).toBe(now);
  expect(fillEnd({ status: "completed" }, events, now)).toBe(Date.parse("2026-11-27T10:00:05.000Z"));
  expect(fillEnd({ status: "completed" }, [], now)).toBe(now);
});

describe("the reference of a price", () => {
  const prices = legPrices({ legs: [leg(1, "finalized", "500")] }, [buy(1, ["landed", "400", "360"])]);
  const of = (price: OperationDetail["price"], maxPrice: string | null = null) =>
    referenceOf({ legs: [leg(1, "finalized", "500")], price, maxPrice }, prices, 6);

  it("is the aggregator's price, from the quotes and the distance that was kept", () => {
    // Quoted 2.5 lamports per unit, which was 25 % dearer than the aggregator.
    const reference = of({ reference: "aggregator", deviationBps: 2_500, transferFeeBps: 0 });
    expect(reference).toEqual({ price: 2, label: "the aggregator" });
  });

  it("is the caller's maximum price, in lamports per base unit", () => {
    const price = { reference: "maxPrice", deviationBps: -10, transferFeeBps: 0 } as const;
    expect(of(price, "0.000003")?.price).toBeCloseTo(0.003, 12);
  });

  it("is not drawn where nothing else was asked, or a leg has no quote", () => {
    expect(of({ reference: "ownMarket", transferFeeBps: 0 })).toBeNull();
    expect(of(null)).toBeNull();
    const price = { reference: "aggregator", deviationBps: 0, transferFeeBps: 0 } as const;
    expect(referenceOf({ ...operation, price, maxPrice: null }, prices, 6)).toBeNull();
  });
});

describe("cumulative fill", () => {
  const at = (second: number): string => new Date(second * 1_000).toISOString();

  it("counts each leg once, when it is first seen on chain", () => {
    const events = [
      { at: at(0), type: "phase" },
      { at: at(1), type: "leg", leg: 1, status: "in_flight" },
      { at: at(2), type: "leg", leg: 2, status: "confirmed" },
      { at: at(3), type: "leg", leg: 1, status: "confirmed" },
      { at: at(9), type: "leg", leg: 1, status: "finalized" },
    ];
    expect(cumulativeFill(events, operation.legs)).toEqual([
      { ms: 0, lamports: 0n },
      { ms: 2_000, lamports: 1_000n },
      { ms: 3_000, lamports: 2_000n },
    ]);
  });

  it("is empty before the first event", () => {
    expect(cumulativeFill([], operation.legs)).toEqual([]);
  });
});
