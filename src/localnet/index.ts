/** Starts the localnet: an in-process Solana cluster with JSON-RPC over HTTP and WebSocket. */
import { Cluster, type ClusterOptions } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import { createHttpServer } from "./http-server.ts";
import { listenOn } from "./listen.ts";

export { Cluster, type ClusterOptions } from "./cluster.ts";
export type { ExecutedTransaction } from "./execution.ts";
export type { Faults } from "./faults.ts";
export { MACHINE_NAMES, MACHINES, type MachineName } from "./machines.ts";

export type LocalnetOptions = ClusterOptions & {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The RPC's port; the next port serves WebSockets. Default 0: two free neighbouring ports. */
  readonly port?: number;
  /** Added to the time of every HTTP request, ms. Default 0. */
  readonly latencyMs?: number;
};

export type Localnet = AsyncDisposable & {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly cluster: Cluster;
  readonly faults: Faults;
  /** Stops the slots, saves the snapshot if there is one, and frees the ports. Calling it again does no harm. */
  close(): Promise<void>;
};

/**
 * Starts a cluster and its servers.
 *
 * @throws `CTO_E_LOCALNET_FAILED` if a port is in use, or if a program or snapshot cannot be read.
 * @example
 * await using localnet = await startLocalnet({ slotMs: 50 });
 * const rpc = createSolanaRpc(localnet.rpcUrl);
 */
export const startLocalnet = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const cluster = new Cluster(options);
  const faults: Faults = { latencyMs: options.latencyMs ?? 0, intercept: undefined };
  const host = options.host ?? "127.0.0.1";
  const createHttp = () => createHttpServer(cluster, faults);
  const listening = await listenOn(cluster, createHttp, { host, port: options.port ?? 0 });
  cluster.start();
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= listening.close().then(() => cluster.stop());
    return closed;
  };
  return {
    rpcUrl: `http://${host}:${listening.port}`,
    wsUrl: `ws://${host}:${listening.port + 1}`,
    cluster,
    faults,
    close,
    [Symbol.asyncDispose]: close,
  };
};
