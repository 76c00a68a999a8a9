/**
 * Determines the addresses of the Solana cluster and of Jupiter: those of the configuration, or those of the running
 * localnet.
 */

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { type Config, isOnThisMachine } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { localnetFile } from "./context.ts";

export type ClusterAddress = {
  readonly urls: readonly [string, ...string[]];
  readonly webSocketUrl?: string;
  readonly jupiterUrl: string;
  readonly isLocalnet: boolean;
};

const localnetSchema = z.object({
  pid: z.number().int(),
  rpcUrl: z.url(),
  wsUrl: z.url(),
  jupiterUrl: z.url(),
  /** Identifies the cluster that this process runs. We accept the desk's own kind of quote only on this cluster. */
  genesisHash: z.string(),
});
/** The addresses that a running localnet writes to its file. */
export type LocalnetAddress = z.infer<typeof localnetSchema>;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // The process exists, under another user.
  }
};

/** The address of the localnet that some process of this CTO_HOME runs now, or null. */
export async function readLocalnetAddress(config: Pick<Config, "CTO_HOME">): Promise<LocalnetAddress | null> {
  const content = await readFile(localnetFile(config), "utf8").catch(() => null);
  if (content === null) return null;
  try {
    const parsed = localnetSchema.safeParse(JSON.parse(content));
    return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Writes the localnet's address for other processes of this CTO_HOME. */
export async function writeLocalnetAddress(
  config: Pick<Config, "CTO_HOME">,
  address: LocalnetAddress,
): Promise<void> {
  const file = localnetFile(config);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(address));
  await rename(`${file}.new`, file);
}

export const forgetLocalnetAddress = (config: Pick<Config, "CTO_HOME">): Promise<void> =>
  rm(localnetFile(config), { force: true });

/** An installation without a configured endpoint uses the localnet. */
export const isLocalnet = ({ SOLANA_RPC_URL }: Pick<Config, "SOLANA_RPC_URL">): boolean =>
  SOLANA_RPC_URL === undefined;

const webSocketOf = (rpcUrl: string): string => rpcUrl.replace(/^http/, "ws");

/** We sign what Jupiter returns, so nobody on the network may be able to change it. */
function requireSafe(jupiterUrl: string, localnet: LocalnetAddress | null): void {
  const isOfLocalnet =
    localnet !== null && new URL(localnet.jupiterUrl).origin === new URL(jupiterUrl).origin;
  if (new URL(jupiterUrl).protocol === "https:" || isOnThisMachine(jupiterUrl) || isOfLocalnet) return;
  const problem =
    "JUPITER_URL must begin with https://, unless it is on this machine or is the localnet's desk";
  throw new CTOError("CTO_E_CONFIG_INVALID", { problems: [problem] });
}

/**
 * Finds the cluster to use.
 * @throws `CTO_E_CONFIG_NO_CLUSTER` if no endpoint is configured and no localnet runs; `CTO_E_CONFIG_INVALID` for a
 * JUPITER_URL whose answers others could change
 */
export async function findCluster(config: Config): Promise<ClusterAddress> {
  const [first, ...rest] = config.SOLANA_RPC_URL ?? [];
  const localnet = await readLocalnetAddress(config);
  if (config.JUPITER_URL !== undefined) requireSafe(config.JUPITER_URL, localnet);
  if (first !== undefined) {
    return {
      urls: [first, ...rest],
      webSocketUrl: config.SOLANA_WS_URL ?? webSocketOf(first),
      jupiterUrl: config.JUPITER_URL ?? "https://api.jup.ag",
      isLocalnet: false,
    };
  }
  if (localnet === null) throw new CTOError("CTO_E_CONFIG_NO_CLUSTER", { file: localnetFile(config) });
  return {
    urls: [localnet.rpcUrl],
    webSocketUrl: localnet.wsUrl,
    jupiterUrl: config.JUPITER_URL ?? localnet.jupiterUrl,
    isLocalnet: true,
  };
}
