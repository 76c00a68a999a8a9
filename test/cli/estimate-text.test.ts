/** Tests the total, the cluster and the warning of `cto estimate`. */
import pc from "picocolors";
import { expect, it } from "vitest";
import { describeEstimate } from "../../src/cli/estimate-text.ts";
import type { CTOEstimate } from "../../src/contract/types.ts";

const PLAIN = pc.createColors(false);
const MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

const estimateOf = (over: Partial<CTOEstimate> = {}): CTOEstimate => ({
  platform: "jupiter",
  detected: "unknown",
  legs: [],
  leftOut: [],
  totalLamports: "300000000",
  totalTokens: "1",
  decimals: 0,
  lamportsPerByte: "5080",
  averagePrice: "0.3",
  priceImpactBps: 499,
  price: { reference: "singleSource", transferFeeBps: 0 },
  fees: { venue: null, network: "0", priority: "0", rent: "0" },
  transactions: { count: 1, bytes: [1] },
  building: null,
  fundingMode: "atomic",
  funds: { leaves: "310000000", stays: "650240" },
  shortOfFunds: [],
  ...over,
});

it("says what leaves the paying wallets, what stays, and that both together are enough", () => {
  const text = describeEstimate(estimateOf(), { mode: "standard", genesisHash: null }, PLAIN);
  expect(text).toContain("Total: 0.31 SOL leaves the funding wallet");
  expect(text).toContain("0.00065024 SOL must stay, so 0.31065024 SOL is enough");
  const own = describeEstimate(estimateOf(), { mode: "prefunded", genesisHash: null }, PLAIN);
  expect(own).toContain("leaves the buyer wallets together");
});

it("names the cluster, or says that it is not known", () => {
  const on = (genesisHash: string | null): string =>
    describeEstimate(estimateOf(), { mode: "standard", genesisHash }, PLAIN);
  expect(on(MAINNET)).toContain("Cluster: mainnet-beta");
  expect(on(null)).toContain("Cluster: not known");
});

it("marks a price impact of 500 bps and more", () => {
  const at = (priceImpactBps: number): string =>
    describeEstimate(estimateOf({ priceImpactBps }), { mode: "standard", genesisHash: null }, PLAIN);
  expect(at(900)).toContain("HIGH PRICE IMPACT: the operation itself makes the token 9 % dearer");
  expect(at(499)).not.toContain("HIGH PRICE IMPACT");
});

it("says first that a price of a single source was not compared", () => {
  const text = describeEstimate(estimateOf(), { mode: "standard", genesisHash: null }, PLAIN);
  expect(text).toContain("Price: not compared: the aggregator's own quote is the only source");
});
