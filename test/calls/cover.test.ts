/** Tests whose pledges count as covered, and how often the balances are read. */
import { expect, it } from "vitest";
import { createCoverRhythm, lookAtCover } from "../../src/calls/cover.ts";
import { type CountedPledge, coverOf } from "../../src/calls/pledges.ts";
import type { Address, Lamports, Venues } from "../../src/engine/ports.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const MINT = "mint" as Address;
const MOST_FEE = 1_000n;
const pledge = (wallet: string, lamports = 5n): CountedPledge => ({
  wallet: wallet as Address,
  lamports: lamports as Lamports,
  way: "signs",
  version: 0,
  at: NOW,
  expiresAt: later(60_000),
});

it("a pledge is covered by what its own wallet holds, costs included, and by not a lamport less", async () => {
  const least = coverOf(5n, OLD_CLUSTER, MOST_FEE);
  const balances = new Map<string, Lamports>([
    ["rich", least as Lamports],
    ["poor", (least - 1n) as Lamports],
  ]);
  const survey: Venues["survey"] = async (mint, owners) => ({
    slot: 1n,
    mint,
    tokenProgram: MINT,
    decimals: 6,
    tokenAccountBytes: 165,
    owners: new Map(
      owners.flatMap((owner) => {
        const lamports = balances.get(owner);
        return lamports === undefined
          ? []
          : [[owner, { lamports, tokens: null, tokenAccount: MINT }] as const];
      }),
    ),
    fetched: { slot: 1n, accounts: new Map() },
    cluster: OLD_CLUSTER,
  });
  const venues = { survey } as Venues;
  const pledges = [pledge("poor"), pledge("rich"), pledge("unknown")];
  const look = await lookAtCover(
    { ports: { venues }, mostFee: MOST_FEE, powersIn: () => ["fee"] },
    MINT,
    pledges,
  );
  expect(look.covered).toEqual([pledges[1]]);
  expect(look.cover).toEqual({ covered: ["rich"], uncovered: ["poor", "unknown"] });
  expect(look.powers).toEqual(["fee"]);
});

it("balances are read at once, soon after new pledges, and now and then without any", () => {
  const rhythm = createCoverRhythm();
  const [one, two] = [[pledge("A")], [pledge("A"), pledge("B")]];
  expect(rhythm.isDue(one, NOW)).toBe(true);
  rhythm.looked(one, NOW);
  expect(rhythm.isDue(one, later(9_999))).toBe(false);
  expect(rhythm.isDue(one, later(10_000))).toBe(true);
  expect(rhythm.isDue(two, later(1_999))).toBe(false);
  expect(rhythm.isDue(two, later(2_000))).toBe(true);
  expect(rhythm.isDue([pledge("A", 6n)], later(2_000))).toBe(true);
});

it("balances of many wallets are read so rarely that they take the same share of what may be asked", () => {
  const rhythm = createCoverRhythm();
  const many = Array.from({ length: 2_000 }, (_, at) => pledge(`W${at}`));
  rhythm.looked(many, NOW);
  expect(rhythm.isDue([...many.slice(1), pledge("new")], later(9_999))).toBe(false);
  expect(rhythm.isDue([...many.slice(1), pledge("new")], later(10_000))).toBe(true);
});
