/** Whether the cluster that a worker talks to is the localnet: only there is the desk's own kind of quote taken. */
import type { Config } from "../config.ts";
import { readLocalnetAddress } from "./cluster-address.ts";
import { createClusterClient } from "./cluster-client.ts";

/**
 * Asks whether a cluster is the localnet that a process of this CTO_HOME runs: by its genesis hash, from every one of its
 * endpoints. Whatever is not known is not the localnet; once it is, it stays so.
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
    const hashes = await Promise.all(urls.map((url) => createClusterClient(url).genesisHash()));
    isKnown = hashes.every((hash) => hash === localnet.genesisHash);
    return isKnown;
  };
};
