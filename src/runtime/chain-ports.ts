/**
 * Opens the ports that read tokens: the chain and the venues, connected to the configured cluster. They cannot sign.
 */
import { address } from "@solana/kit";
import { CLUSTER_NOTE } from "../base/cluster-name.ts";
import { createChain, type SolanaChain } from "../chain/index.ts";
import { knowPrograms } from "../chain/program-errors.ts";
import type { SharedCache, Venues } from "../engine/ports.ts";
import { createDirectVenues } from "../venues/direct-venues.ts";
import { createEstimatesShare, type EstimatesShare, workersRate } from "../venues/estimates-share.ts";
import { createVenues } from "../venues/index.ts";
import { jupiterRate } from "../venues/jupiter-api.ts";
import { JUPITER_ERRORS } from "../venues/jupiter-program.ts";
import { findCluster } from "./cluster-address.ts";
import type { CTOContext } from "./context.ts";
import { createLocalnetCheck } from "./localnet-check.ts";
import { createLogger } from "./log.ts";

export type ChainPorts = {
  readonly chain: SolanaChain;
  readonly venues: Venues;
  /** Does the work of an estimate within its tenant's part of Jupiter's rate. Absent for workers. */
  readonly runEstimate?: EstimatesShare["run"];
};

/** Without a journal, the venues share no cache with other processes, and no absence is compared with its cluster. */
type Configured = Pick<CTOContext, "config"> & {
  readonly journal?: SharedCache & Pick<CTOContext["journal"], "readNote">;
};

const warned = new Set<string>();

/** Logs each warning once per process, because every estimate opens its own chain. */
function warnOnce(config: CTOContext["config"], text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  createLogger(config).warn({ part: "chain" }, text);
}

/**
 * @param purpose whose share of Jupiter's rate these ports may use
 * @throws `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function openChainPorts(
  { config, journal }: Configured,
  purpose: "estimates" | "work" = "estimates",
): Promise<ChainPorts> {
  const cluster = await findCluster(config);
  const chain = createChain({
    urls: cluster.urls,
    requestsPerSecond: config.CTO_RPC_REQUESTS_PER_SECOND,
    maxPriorityFeeLamports: BigInt(config.CTO_MAX_PRIORITY_FEE_LAMPORTS),
    ...(config.RESIGN_QUORUM !== undefined ? { resignQuorum: config.RESIGN_QUORUM } : {}),
    warn: (text) => warnOnce(config, text),
    ...(journal ? { genesis: async () => (await journal.readNote(CLUSTER_NOTE))?.value ?? null } : {}),
    ...(cluster.webSocketUrl ? { webSocketUrl: cluster.webSocketUrl } : {}),
  });
  const plan = jupiterRate({
    url: cluster.jupiterUrl,
    ...(config.JUPITER_API_KEY ? { apiKey: config.JUPITER_API_KEY } : {}),
    ...(config.JUPITER_REQUESTS_PER_SECOND ? { requestsPerSecond: config.JUPITER_REQUESTS_PER_SECOND } : {}),
  });
  const share = purpose === "estimates" ? createEstimatesShare(plan) : null;
  const direct = createDirectVenues();
  knowPrograms([
    JUPITER_ERRORS,
    ...direct.flatMap(({ errors, furtherErrors }) => [errors, ...(furtherErrors ? [furtherErrors] : [])]),
  ]);
  const venues = createVenues({
    direct,
    ...(config.CTO_LOOKUP_TABLES
      ? { lookupTables: config.CTO_LOOKUP_TABLES.map((table) => address(table)) }
      : {}),
    ...(journal ? { cache: journal } : {}),
    chain,
    jupiter: {
      url: cluster.jupiterUrl,
      signal: chain.closing,
      isDesk: createLocalnetCheck(config, cluster.urls),
      workersPerSecond: workersRate(plan),
      requestsPerSecond: share ? Number.POSITIVE_INFINITY : workersRate(plan),
      ...(share ? { onRequest: share.count } : {}),
      ...(config.JUPITER_API_KEY ? { apiKey: config.JUPITER_API_KEY } : {}),
    },
  });
  return { chain, venues, ...(share ? { runEstimate: share.run } : {}) };
}

/** Opens the ports for one piece of work, and always closes them afterwards. */
export async function withChainPorts<T>(
  context: Configured,
  work: (ports: ChainPorts) => Promise<T>,
): Promise<T> {
  const ports = await openChainPorts(context);
  try {
    return await work(ports);
  } finally {
    ports.chain.close();
  }
}
