/** Builds links to public explorers. Explorers do not show a private cluster. */
import type { ClusterName } from "../../base/cluster-name.ts";

export type Explorers = {
  /** The cluster's public RPC endpoint. */
  readonly rpcUrl: string;
  /** A transaction's pages. The first one is the target of the signature's link. */
  transaction(signature: string): { readonly name: string; readonly url: string }[];
  account(address: string): string;
};

/** Returns null for a private cluster, and while the cluster is unknown. */
export function explorersOf(cluster: ClusterName | null): Explorers | null {
  if (cluster === null || cluster === "a private cluster") return null;
  const query = cluster === "mainnet-beta" ? "" : `?cluster=${cluster}`;
  return {
    rpcUrl: `https://api.${cluster}.solana.com`,
    transaction: (signature) => [
      { name: "Solana Explorer", url: `https://explorer.solana.com/tx/${signature}${query}` },
      { name: "Solscan", url: `https://solscan.io/tx/${signature}${query}` },
    ],
    account: (address) => `https://explorer.solana.com/address/${address}${query}`,
  };
}
