/** Names the public clusters by their genesis hashes. It does no I/O, so that pages can use it, too. */

/** The journal's note with the genesis hash of its cluster: see `services/own-cluster.ts`. */
export const CLUSTER_NOTE = "cluster";

/** The first characters of the genesis hashes, which CAIP-2 uses to name the clusters. */
const GENESIS = {
  "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp": "mainnet-beta",
  EtWTRABZaYq6iMfeYKouRu166VU2xqa1: "devnet",
  "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z": "testnet",
} as const;

export type ClusterName = (typeof GENESIS)[keyof typeof GENESIS] | "a private cluster";

export const clusterNameOf = (genesisHash: string): ClusterName =>
  Object.entries(GENESIS).find(([start]) => genesisHash.startsWith(start))?.[1] ?? "a private cluster";
