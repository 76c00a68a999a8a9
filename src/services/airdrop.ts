/** Requests free SOL on clusters where SOL has no value: a localnet, devnet or testnet. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Address, isSolanaError, type Lamports } from "@solana/kit";
import { clusterNameOf } from "../base/cluster-name.ts";
import type { Config } from "../config.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { findCluster } from "../runtime/cluster-address.ts";
import { type ClusterClient, createClusterClient } from "../runtime/cluster-client.ts";

const LOOK_AGAIN_MS = 200;
const DEADLINE_MS = 30_000;
/** The most lamports that a JSON number carries exactly. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Opens the configured cluster, and refuses a cluster on which SOL is money.
 *
 * @throws `CTO_E_CLUSTER_NOT_FOR_TESTS`
 */
export async function openTestCluster(config: Config, command: string): Promise<ClusterClient> {
  const { urls, isLocalnet } = await findCluster(config);
  const client = createClusterClient(urls[0]);
  const name = clusterNameOf(await client.genesisHash());
  const isTest = name === "devnet" || name === "testnet";
  const isOurs = name === "a private cluster" && (isLocalnet || LOOPBACK.has(new URL(urls[0]).hostname));
  if (!isTest && !isOurs) throw new CTOError("CTO_E_CLUSTER_NOT_FOR_TESTS", { command, cluster: name });
  return client;
}

/** A poll that got no answer proves nothing, so the next poll decides. */
function unknown(error: unknown): Awaited<ReturnType<ClusterClient["outcome"]>> {
  if (isCTOError(error, "CTO_E_RPC_UNAVAILABLE")) return { landed: false, failure: null };
  throw error;
}

/** Whether the node answered with a JSON-RPC error, whose codes are negative. A rate limit is an HTTP status. */
const isRefusal = (cause: unknown): cause is Error => isSolanaError(cause) && cause.context.__code < 0;

/** How the cluster's failures show what is wrong with the amount. The System program's error 1: too few lamports. */
const FAULTS: readonly (readonly [RegExp, "tooMuch" | "tooLittle"])[] = [
  [/"Custom":"?1"?\}/, "tooMuch"],
  [/InsufficientFundsForRent/, "tooLittle"],
];

/**
 * Requests an airdrop and waits until it is confirmed.
 *
 * @returns the transaction's signature
 * @throws `CTO_E_AIRDROP_REFUSED`; `CTO_E_RPC_UNAVAILABLE`, also if the airdrop does not land in time
 */
export async function airdrop(client: ClusterClient, to: Address, amount: Lamports): Promise<string> {
  const refused = (text: string, fault = FAULTS.find(([sign]) => sign.test(text))?.[1]): CTOError => {
    const reason = client.safe(text);
    const context = { address: to, lamports: amount, reason, ...(fault === undefined ? {} : { fault }) };
    return new CTOError("CTO_E_AIRDROP_REFUSED", context);
  };
  if (amount > MOST) throw refused("a request can name at most 9,007,199.254740991 SOL", "tooMuch");
  const signature = await client.requestAirdrop(to, amount).catch((error: unknown) => {
    throw isCTOError(error) && isRefusal(error.cause) ? refused(error.cause.message) : error;
  });
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const { landed, failure } = await client.outcome(signature).catch(unknown);
    if (landed) return signature;
    if (failure !== null) throw refused(`the transfer failed: ${failure}`);
    await sleep(LOOK_AGAIN_MS);
  }
  const reason = `${client.host}: the airdrop ${signature} did not land within ${DEADLINE_MS} ms`;
  throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "requestAirdrop", reason });
}
