/** Opens everything that a worker needs to carry out operations: the engine's ports with their real implementations. */
import type { SolanaChain } from "../chain/index.ts";
import type { Ports } from "../engine/ports.ts";
import { createPolicy } from "../policy/index.ts";
import { createKeyring } from "../wallets/keyring.ts";
import type { SecretBox } from "../wallets/secret-box.ts";
import type { Signers } from "../wallets/signer.ts";
import { openChainPorts } from "./chain-ports.ts";
import type { CTOContext } from "./context.ts";
import { openJournalClock } from "./journal-clock.ts";
import { createLogger } from "./log.ts";
import { logDecisions } from "./log-decisions.ts";
import { loadSigners } from "./signers.ts";
import { openStoredKeys } from "./stored-keys.ts";

export type WorkerPorts = Ports & { readonly chain: SolanaChain };

export type OpenedPorts = {
  readonly ports: WorkerPorts;
  /** The box that the keyring opens keys with. It has derived what both need. */
  readonly secretBox: SecretBox;
  /** Drops the keys of these wallets, which the keyring would keep for up to another minute. */
  forgetKeys(walletIds: readonly string[]): void;
  close(): void;
};

/** @throws `CTO_E_CONFIG_NO_CLUSTER` */
export async function openWorkerPorts(context: CTOContext, signers: Signers = {}): Promise<OpenedPorts> {
  const { journal, queue } = context;
  const log = createLogger(context.config).child({ part: "engine" });
  const clock = await openJournalClock(journal, log);
  const named = await loadSigners(context.config);
  const { chain, venues } = await openChainPorts(context, "work");
  const keys = await openStoredKeys(context);
  const keyring = createKeyring({ ...keys, signers: { ...named, ...signers } });
  const events = { notify: (id: string) => queue.wake(id) };
  return {
    ports: {
      journal: logDecisions(journal, log),
      chain,
      policy: createPolicy(),
      keyring,
      venues,
      clock,
      events,
    },
    secretBox: keys.secretBox,
    forgetKeys: (walletIds) => keyring.forget(walletIds),
    close() {
      keyring.forget();
      chain.close();
    },
  };
}

/** Opens the ports for one piece of work, and always closes them afterwards. */
export async function withWorkerPorts<T>(
  context: CTOContext,
  work: (ports: WorkerPorts) => Promise<T>,
): Promise<T> {
  const { ports, close } = await openWorkerPorts(context);
  try {
    return await work(ports);
  } finally {
    close();
  }
}
