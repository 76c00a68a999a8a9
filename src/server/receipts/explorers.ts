/** Links to public explorers. A private cluster is in none of them. */
import type { ClusterName } from "../../runtime/cluster-client.ts";

export type Explorers = {
  /** Where anyone may ask this cluster. */
  readonly rpcUrl: string;
  /** A transaction's pages, the first being the one that its signature links to. */
  transaction(signature: string): { readonly name: string; readonly url: string }[];
  account(address: string): string;
};

/** Null for a private cluster, and while nobody knows which one it is. */
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
