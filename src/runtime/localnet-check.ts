/** Whether the cluster that a worker talks to is the localnet: only there is the desk's own kind of quote taken. */
import type { Config } from "../config.ts";
import { readLocalnetAddress } from "./cluster-address.ts";
import { createClusterClient } from "./cluster-client.ts";

/**
 * Asks whether a cluster is the localnet that a process of this CTO_HOME runs: by its genesis hash, from every endpoint
 * that answers. One that is down says nothing. Once it is, it stays so.
 *
 * The function throws `CTO_E_RPC_UNAVAILABLE` when none answers.
 */
export const createLocalnetCheck = (
  config: Pick<Config, "CTO_HOME">,
  urls: readonly string[],
): (() => Promise<boolean>) => {
  let isKnown = false;
  return async () => {
    if (isKnown) return true;
    const localnet = await readLocalnetAddress(config);
    if (localnet === null) return false;
    const asked = await Promise.allSettled(urls.map((url) => createClusterClient(url).genesisHash()));
    const hashes = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    if (hashes.length === 0) throw asked.find((each) => each.status === "rejected")?.reason;
    isKnown = hashes.every((hash) => hash === localnet.genesisHash);
    return isKnown;
  };
};
