/** Which Solana cluster and which Jupiter a worker talks to: the configuration's, or the running localnet's. */

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
  /** Which cluster this process runs: its desk's word is taken there and nowhere else. */
  genesisHash: z.string(),
});
/** What a running localnet writes about itself. */
export type LocalnetAddress = z.infer<typeof localnetSchema>;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // It lives, under another user.
  }
};

/** The localnet that some process of this CTO_HOME runs now, or null. */
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

/** Tells other processes of this CTO_HOME where the localnet is. */
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

/** Without an endpoint of its own, an installation works on the localnet. */
export const isLocalnet = ({ SOLANA_RPC_URL }: Pick<Config, "SOLANA_RPC_URL">): boolean =>
  SOLANA_RPC_URL === undefined;

const webSocketOf = (rpcUrl: string): string => rpcUrl.replace(/^http/, "ws");

/** What Jupiter answers is signed: nobody on the way may write it. */
function requireSafe(jupiterUrl: string, localnet: LocalnetAddress | null): void {
  const isOfLocalnet =
    localnet !== null && new URL(localnet.jupiterUrl).origin === new URL(jupiterUrl).origin;
  if (new URL(jupiterUrl).protocol === "https:" || isOnThisMachine(jupiterUrl) || isOfLocalnet) return;
  const problem =
    "JUPITER_URL must begin with https://, unless it is on this machine or is the localnet's desk";
  throw new CTOError("CTO_E_CONFIG_INVALID", { problems: [problem] });
}

/**
 * @throws `CTO_E_CONFIG_NO_CLUSTER` when no endpoint is configured and no localnet runs;
 * `CTO_E_CONFIG_INVALID` for a JUPITER_URL that others could answer for
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
