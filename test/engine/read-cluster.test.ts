/**
 * Tests that a recovery believes no single endpoint about the cluster: the higher rent of all that must agree binds, and
 * version 1 is used only if all have it.
 */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { readRentRate } from "../../src/engine/buy/rents-moved.ts";
import { readWithCluster } from "../../src/engine/cluster/read-cluster.ts";
import type { ClusterFacts, Witness } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";

const NOW: ClusterFacts = { lamportsPerByte: 5_080n, epoch: 7n, unixTimestamp: 100n, versionOne: true };

const chainOf = (...views: readonly ClusterFacts[]) => {
  const asked: (readonly Address[])[] = [];
  const witnesses = views.map(
    (facts, at): Witness => ({
      endpoint: `endpoint ${at}`,
      slot: BigInt(10 + at),
      accounts: new Map(clusterAccounts(facts)),
    }),
  );
  const fetchAccounts = async (addresses: readonly Address[]) => {
    asked.push(addresses);
    return witnesses[0] ?? expect.fail("no endpoint");
  };
  return { asked, witnesses, fetchAccounts, witnessAccounts: async () => witnesses };
};

describe("the cluster's facts at a recovery", () => {
  it.each([
    [NOW, { ...NOW, lamportsPerByte: 6_960n, epoch: 8n, versionOne: false }],
    [{ ...NOW, lamportsPerByte: 6_960n, epoch: 8n, versionOne: false }, NOW],
  ])("are safe for the answers of all endpoints, whichever answers first", async (first, second) => {
    const chain = chainOf(first, second);
    const { cluster, fetched } = await readWithCluster(chain);
    expect(cluster).toEqual({ ...NOW, lamportsPerByte: 6_960n, epoch: 8n, versionOne: false });
    expect(fetched.slot).toBe(10n);
    expect(await readRentRate(chain)).toBe(6_960n);
    expect(chain.asked).toEqual([]);
  });

  it("are one endpoint's where there is no other, in the same request as the wallets", async () => {
    const { fetchAccounts, asked } = chainOf(NOW);
    const wallet = addressOf("wallet");
    expect((await readWithCluster({ fetchAccounts }, [wallet])).cluster).toEqual(NOW);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[0]).toBe(wallet);
  });
});
