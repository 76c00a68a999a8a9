/** Everything that a worker carries operations out with: the engine's ports, wired to their real implementations. */
import { setTimeout as delay } from "node:timers/promises";
import type { SolanaChain } from "../chain/index.ts";
import type { Clock, Ports } from "../engine/ports.ts";
import { createKeyring } from "../wallets/keyring.ts";
import { createSecretBox } from "../wallets/secret-box.ts";
import { openChainPorts } from "./chain-ports.ts";
import { encryptionSecret } from "./cluster-address.ts";
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
  const { chain, venues } = await openChainPorts(context);
  const keyring = createKeyring({
    directory: journal,
    secretBox: createSecretBox(await encryptionSecret(config)),
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
