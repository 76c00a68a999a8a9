/**
 * Begins a new localnet: moves the saved chain and the journal of this CTO_HOME aside. It deletes nothing, because the
 * journal holds the users' keys.
 */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { isEmbeddedRunning } from "../journal/embedded-postgres/index.ts";
import { readLocalnetAddress } from "../runtime/cluster-address.ts";
import { adminKeyFile } from "../services/admin-key.ts";
import { marketsFile } from "./localnet-state.ts";

const refused = (problem: string): CTOError => new CTOError("CTO_E_USAGE", { problem });

async function requireOwnAndIdle(config: Config): Promise<void> {
  const outside = (["SOLANA_RPC_URL", "DATABASE_URL", "MONGODB_URI", "REDIS_URL"] as const).filter(
    (name) => config[name] !== undefined,
  );
  if (outside.length > 0)
    throw refused(
      `--fresh forgets only a localnet with its own journal and queue, but ${outside.join(" and ")} is set`,
    );
  if ((await readLocalnetAddress(config)) !== null || (await isEmbeddedRunning(config.CTO_HOME)))
    throw refused("--fresh needs all processes of this CTO_HOME to be stopped");
}

/**
 * @param chain the file of the saved chain
 * @returns the paths under which the old localnet and the old journal are kept; empty if there were none
 * @throws `CTO_E_USAGE` if the journal or the queue is elsewhere, or a process still uses them
 */
export async function forgetLocalnet(config: Config, chain: string): Promise<string[]> {
  await requireOwnAndIdle(config);
  const all = [join(config.CTO_HOME, "postgres"), chain, marketsFile(chain), adminKeyFile(config)];
  const suffix = `.old-${new Date().toISOString().replaceAll(":", "-")}`;
  const kept: string[] = [];
  for (const path of all.filter((each) => existsSync(each))) {
    await rename(path, `${path}${suffix}`);
    kept.push(`${path}${suffix}`);
  }
  return kept;
}
