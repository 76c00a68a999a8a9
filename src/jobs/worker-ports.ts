/** Everything that a worker carries operations out with: the engine's ports, wired to their real implementations. */
import { setTimeout as delay } from "node:timers/promises";
import { createChain, type SolanaChain } from "../chain/index.ts";
import type { Clock, Ports } from "../engine/ports.ts";
import { createVenues } from "../venues/index.ts";
import { createKeyring } from "../wallets/keyring.ts";
import { createSecretBox } from "../wallets/secret-box.ts";
import { encryptionSecret, findCluster } from "./cluster-address.ts";
import type { CTOContext } from "./context.ts";

/** The real clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

export type WorkerPorts = Ports & { readonly chain: SolanaChain };

/** @throws `CTO_E_CONFIG_NO_CLUSTER` */
export async function openWorkerPorts(context: CTOContext): Promise<{ ports: WorkerPorts; close(): void }> {
  const { config, journal, queue } = context;
  const cluster = await findCluster(config);
  const chain = createChain({
    urls: cluster.urls,
    requestsPerSecond: config.CTO_RPC_REQUESTS_PER_SECOND,
    maxPriorityFeeLamports: BigInt(config.CTO_MAX_PRIORITY_FEE_LAMPORTS),
    ...(config.RESIGN_QUORUM !== undefined ? { resignQuorum: config.RESIGN_QUORUM } : {}),
    ...(cluster.webSocketUrl ? { webSocketUrl: cluster.webSocketUrl } : {}),
  });
  const keyring = createKeyring({
    directory: journal,
    secretBox: createSecretBox(await encryptionSecret(config)),
  });
  const venues = createVenues({
    chain,
    jupiter: {
      url: cluster.jupiterUrl,
      ...(config.JUPITER_REQUESTS_PER_SECOND
        ? { requestsPerSecond: config.JUPITER_REQUESTS_PER_SECOND }
        : {}),
      ...(config.JUPITER_API_KEY ? { apiKey: config.JUPITER_API_KEY } : {}),
    },
  });
  const events = { notify: (id: string, event: { progress: number }) => queue.wake(id, event.progress) };
  return {
    ports: { journal, chain, keyring, venues, clock: systemClock, events },
    close() {
      keyring.forget();
      chain.close();
    },
  };
}
