/** Tests how an operation's first market limits every later buy of it. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { anchorLegs, anchorOf, requireAnchored, requireOffer } from "../../src/engine/buy/anchor.ts";
import type { Run } from "../../src/engine/operation/journaling.ts";
import { LeaseLost } from "../../src/engine/operation/journaling.ts";
import type { Buy, OpenVenue } from "../../src/engine/ports.ts";
import { legsOf, planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

/** A market that gives `rate` tokens per lamport, and accepts a tenth less. */
const market = (rate: bigint): OpenVenue => ({
  venue: "cpmm",
  market: "openToAll",
  quote: { lamports: lamports(1n), tokensOut: rate, priceImpactBps: 0, feeLamports: null, legs: [] },
  offline: true,
  offer: (amount) => ({ tokensOut: amount * rate, leastTokens: (amount * rate * 9n) / 10n }),
  buy: async () => Promise.reject(new Error("nothing was to be bought")),
});

const NO_CAP = (): bigint => 0n;

async function scene() {
  const journal = createMemoryJournal({ now: () => new Date(0) });
  const { id, lease } = await planned(journal, 3);
  const operation = await journal.readOperation(id);
  return { journal, run: { ports: { journal }, operation, lease } as unknown as Run };
}

describe("the anchor", () => {
  it("is the first market's quote less the slippage, and no later market changes it", async () => {
    const { journal, run } = await scene();
    const first = await anchorLegs(run, market(1_000n), await journal.readLegs("op"), NO_CAP);
    expect([...first]).toEqual([
      [1, 900_000_000n],
      [2, 1_800_000_000n],
      [3, 2_700_000_000n],
    ]);
    for (const rate of [10n, 5_000n]) {
      expect(await anchorLegs(run, market(rate), await journal.readLegs("op"), NO_CAP)).toEqual(first);
      // A run that does not have the anchors yet does not lower them either.
      expect(await anchorLegs(run, market(rate), legsOf(3), NO_CAP)).toEqual(first);
    }
  });

  it("of a leg that cannot be bought now is the best rate of the others: the market has no offer for it", async () => {
    const { journal, run } = await scene();
    const [one, two, three] = await journal.readLegs("op");
    if (!one || !two || !three) throw new Error("three legs");
    // The market serves two legs, of one and of three thousandths of a SOL. The larger one gets a worse rate.
    const nearItsEnd: OpenVenue = {
      ...market(1_000n),
      offer: (amount) => {
        if (amount !== one.lamports && amount !== three.lamports) throw new Error("it cannot serve more");
        return market(amount === one.lamports ? 1_000n : 900n).offer(amount);
      },
    };
    const cap = (amount: bigint): bigint => amount;
    const anchors = await anchorLegs(run, nearItsEnd, [one, three], cap, [two]);
    expect([...anchors]).toEqual([
      [1, 900_000_000n],
      [2, 1_800_000_000n],
      [3, 2_430_000_000n],
    ]);
    // The wallet can buy again, in a dearer market: the first market's price binds it like the others.
    const later = await journal.readLegs("op");
    expect(() => requireOffer(market(800n), [later[1] ?? two])).toThrow(
      expect.objectContaining({ code: "CTO_E_PRICE_MOVED" }),
    );
    expect(requireOffer(market(950n), [later[1] ?? two])).toHaveLength(1);
  });

  it("of a leg that cannot be bought now follows from the anchors that the others have, and from the cap", async () => {
    const { journal, run } = await scene();
    const [one, two, three] = await journal.readLegs("op");
    if (!one || !two || !three) throw new Error("three legs");
    await anchorLegs(run, market(1_000n), [one], NO_CAP);
    const [anchored] = await journal.readLegs("op");
    const cap = (amount: bigint): bigint => (amount === three.lamports ? 5_000_000_000n : 0n);
    const anchors = await anchorLegs(run, market(10n), [anchored ?? one], cap, [two, three]);
    expect([...anchors]).toEqual([
      [1, 900_000_000n],
      [2, 1_800_000_000n],
      [3, 5_000_000_000n],
    ]);
  });

  it("is not written by a run whose lease is lost", async () => {
    const { journal, run } = await scene();
    const stale = { ...run, lease: { ...run.lease, token: run.lease.token + 1n } };
    await expect(anchorLegs(stale, market(1n), legsOf(3), NO_CAP)).rejects.toBeInstanceOf(LeaseLost);
    expect((await journal.readLegs("op")).every(({ leastTokens }) => leastTokens === undefined)).toBe(true);
  });

  it("accepts a market that offers it to at least one leg, and otherwise says how much is missing", () => {
    const [one, two] = legsOf(2).map((leg) => ({ ...leg, leastTokens: 1_000_000_000n }));
    if (one === undefined || two === undefined) throw new Error("two legs");
    // The second leg spends twice as much.
    expect(requireOffer(market(500n), [one, two])).toEqual([two]);
    expect(() => requireOffer(market(24n), [one, two])).toThrow(
      expect.objectContaining({
        code: "CTO_E_PRICE_MOVED",
        message: expect.stringContaining("cpmm offers 24000000 token units, 97.6 % less than the 1000000000"),
      }),
    );
    expect(() => requireOffer(market(24n), [one])).toThrow(/97\.6 % less/);
  });

  it("refuses a buy that was built for less", () => {
    const buy = { venue: "jupiter", minTokensOut: 99n } as Buy;
    expect(() => requireAnchored(buy, 100n)).toThrow(expect.objectContaining({ code: "CTO_E_PRICE_MOVED" }));
    expect(() => requireAnchored(buy, 99n)).not.toThrow();
  });

  it("must be there before a leg is signed", () => {
    const opened = { anchors: new Map([[1, 5n]]) };
    expect(anchorOf(opened, { index: 1 })).toBe(5n);
    expect(() => anchorOf(opened, { index: 2 })).toThrow(expect.objectContaining({ code: "CTO_E_INTERNAL" }));
  });
});
