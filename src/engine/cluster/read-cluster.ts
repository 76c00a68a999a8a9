/**
 * Reads accounts together with the cluster's facts, from as many endpoints as must agree. One endpoint alone could say
 * that a rent is lower than it is, or that the cluster has no version 1.
 */

import type { Address } from "@solana/kit";
import { CTOError } from "../../errors/index.ts";
import type { Chain, Fetched } from "../ports/chain.ts";
import { agreedCluster, CLUSTER_ACCOUNTS, type ClusterFacts, readClusterFacts } from "./cluster-facts.ts";

/** The chain port's reads of accounts. */
export type Reading = Pick<Chain, "fetchAccounts" | "witnessAccounts">;

/**
 * Returns the accounts as the first endpoint has them and as each of the endpoints has, and the facts that are safe for the answers
 * of all.
 *
 * @throws `CTO_E_RPC_INVALID_ANSWER`, and as `fetchAccounts` does
 */
export async function readWithCluster(
  chain: Reading,
  addresses: readonly Address[] = [],
): Promise<{
  readonly fetched: Fetched;
  readonly views: readonly Fetched[];
  readonly cluster: ClusterFacts;
}> {
  const wanted = [...addresses, ...CLUSTER_ACCOUNTS];
  const views: readonly Fetched[] = (await chain.witnessAccounts?.(wanted)) ?? [
    await chain.fetchAccounts(wanted),
  ];
  const [fetched] = views;
  const cluster = agreedCluster(views.map(readClusterFacts));
  if (fetched === undefined || cluster === undefined)
    throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  return { fetched, views, cluster };
}
