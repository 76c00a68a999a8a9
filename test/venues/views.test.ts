/**
 * Tests the facts that we use if endpoints disagree about a cluster or about wallets: no leg is short of a rent, and no
 * check is weaker, whichever endpoint is right.
 */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { newestSlotOf } from "../../src/engine/buy/newest-slot.ts";
import type { ClusterFacts, Holdings, Survey } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { joinViews, viewsOf } from "../../src/venues/views.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const told = (endpoint: string, cluster: Partial<ClusterFacts>): Survey =>
  ({ endpoint, owners: new Map(), cluster: { ...OLD_CLUSTER, ...cluster } }) as unknown as Survey;

it.each([[0, 1] as const, [1, 0] as const])("is the same whoever answers first (%i, %i)", (a, b) => {
  const views = [
    told("one", { lamportsPerByte: 696n, epoch: 901n, unixTimestamp: 5n, versionOne: true }),
    told("other", { lamportsPerByte: 5_080n, epoch: 900n, unixTimestamp: 7n, versionOne: false }),
  ];
  const joined = joinViews([views[a], views[b]] as Survey[]);
  const agreed = { lamportsPerByte: 5_080n, epoch: 901n, unixTimestamp: 7n, versionOne: false };
  expect(joined.cluster).toEqual(agreed);
  // Every view uses the agreed facts.
  for (const view of viewsOf(joined)) expect(view.cluster).toEqual(agreed);
  expect(viewsOf(joined)).toHaveLength(2);
});

it("is what the only endpoint says where there is one", () => {
  expect(joinViews([told("one", { versionOne: true })]).cluster.versionOne).toBe(true);
});

it.each([[0, 1] as const, [1, 0] as const])(
  "takes of a wallet what weakens no check, whoever answers first (%i, %i)",
  (a, b) => {
    const [owner, poor, tokenAccount, wrappedAccount] = ["owner", "poor", "token", "wrapped"].map(addressOf);
    if (!owner || !poor || !tokenAccount || !wrappedAccount) throw new Error("four addresses");
    const holding = (endpoint: string, of: Partial<Holdings>, others: Partial<Holdings>): Survey => ({
      ...told(endpoint, {}),
      owners: new Map([
        [owner, { lamports: lamports(5n), tokenAccount, tokens: 7n, ...of }],
        [poor, { lamports: lamports(5n), tokenAccount, tokens: null, ...others }],
      ]),
    });
    const views = [
      // If the first were believed, tokens that the wallet has already would pass for the buy's.
      holding("one", { tokens: 0n, wrappedAccount }, { lamports: lamports(9n) }),
      holding("other", { lamports: lamports(3n) }, { tokens: 1n, unfitAccounts: ["it is frozen"] }),
    ];
    const joined = joinViews([views[a], views[b]] as Survey[]);
    for (const { owners } of viewsOf(joined)) {
      expect(owners.get(owner)).toEqual({ lamports: 3n, tokenAccount, tokens: 7n, wrappedAccount });
      expect(owners.get(poor)).toEqual({
        lamports: 5n,
        tokenAccount,
        tokens: 1n,
        unfitAccounts: ["it is frozen"],
        disputed: expect.arrayContaining([
          { endpoint: "one", says: "nothing prevents a buy" },
          { endpoint: "other", says: "it is frozen" },
        ]),
      });
    }
  },
);

it.each([[0, 1] as const, [1, 0] as const])(
  "takes the higher transfer fee, whoever answers first (%i, %i): a clock that is wrong hides none",
  (a, b) => {
    const views = [
      { ...told("one", { epoch: 5n }), transferFeeBps: 0 },
      { ...told("other", {}), transferFeeBps: 9_999 },
    ];
    const joined = joinViews([views[a], views[b]] as Survey[]);
    expect(viewsOf(joined).map(({ transferFeeBps }) => transferFeeBps)).toEqual([9_999, 9_999]);
  },
);

it.each([[0, 1] as const, [1, 0] as const])(
  "is as old as the oldest reading, and a simulation must be as recent as the newest (%i, %i)",
  (a, b) => {
    const at = (endpoint: string, slot: bigint): Survey => ({
      ...told(endpoint, {}),
      slot,
      fetched: { slot, accounts: new Map() },
    });
    const views = [at("one", 7n), at("other", 9n)];
    const joined = joinViews([views[a], views[b]] as Survey[]);
    expect(joined.slot).toBe(7n);
    expect(newestSlotOf(joined)).toBe(9n);
  },
);

it("names every fault of a wallet that any endpoint returns", () => {
  const [owner, tokenAccount] = ["owner", "token"].map(addressOf);
  if (!owner || !tokenAccount) throw new Error("two addresses");
  const holding = (endpoint: string, unfitAccounts: string[]): Survey => ({
    ...told(endpoint, {}),
    owners: new Map([[owner, { lamports: lamports(5n), tokenAccount, tokens: 7n, unfitAccounts }]]),
  });
  const joined = joinViews([
    holding("one", ["it is frozen"]),
    holding("other", ["a delegate", "it is frozen"]),
  ]);
  expect(joined.owners.get(owner)?.unfitAccounts).toEqual(["it is frozen", "a delegate"]);
});
