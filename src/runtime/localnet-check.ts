/** Checks whether a worker's cluster is the localnet. We accept the desk's own kind of quote only there. */
import type { Config } from "../config.ts";
import { readLocalnetAddress } from "./cluster-address.ts";
import { createClusterClient } from "./cluster-client.ts";

/**
 * Checks whether a cluster is the localnet that a process of this CTO_HOME runs: compares the genesis hash of every
 * endpoint that answers. An endpoint that does not answer is ignored. A positive result is cached.
 *
 * The function throws `CTO_E_RPC_UNAVAILABLE` if no endpoint answers.
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
    const answers = await Promise.allSettled(urls.map((url) => createClusterClient(url).genesisHash()));
    const hashes = answers.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    if (hashes.length === 0) throw answers.find((each) => each.status === "rejected")?.reason;
    isKnown = hashes.every((hash) => hash === localnet.genesisHash);
    return isKnown;
  };
};
