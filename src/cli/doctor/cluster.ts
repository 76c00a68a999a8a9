/** Checks whether the Solana endpoints and Jupiter answer, and to which cluster the endpoints belong. */
import { clusterNameOf } from "../../base/cluster-name.ts";
import { jupiterBuildUrl } from "../../base/jupiter-url.ts";
import type { Config } from "../../config.ts";
import { isCTOError } from "../../errors/index.ts";
import { type ClusterAddress, findCluster } from "../../runtime/cluster-address.ts";
import { createClusterClient } from "../../runtime/cluster-client.ts";
import { probeEndpoint } from "../../runtime/provider-needs.ts";
import { type Check, whyOf } from "./check.ts";

const TIMEOUT_MS = 5_000;

/** @param production whether only the cluster with real money is `ok` */
async function checkEndpoint(url: string, production: boolean): Promise<Check & { genesis?: string }> {
  const client = createClusterClient(url);
  const name = "cluster";
  try {
    const [health, genesis, slot] = await Promise.all([client.health(), client.genesisHash(), client.slot()]);
    const clusterName = clusterNameOf(genesis);
    const isOther = production && clusterName !== "mainnet-beta";
    const warning = isOther ? ". It is not mainnet-beta: name endpoints of mainnet in SOLANA_RPC_URL" : "";
    const detail = `${client.host}: ${clusterName}, health ${health}, slot ${slot}, genesis ${genesis}${warning}`;
    return { name, state: health === "ok" && !isOther ? "ok" : "weak", detail, genesis };
  } catch (error) {
    return { name, state: "broken", detail: whyOf(error) };
  }
}

/** Checks that the endpoint offers every method that the engine needs. */
async function checkProvider(url: string): Promise<Check[]> {
  const { host } = new URL(url);
  const name = "provider";
  const { missing, optionalMissing, takesHundred } = await probeEndpoint(url);
  if (missing.length > 0) {
    const detail = `${host} does not offer ${missing.join(", ")}, without which nothing works`;
    return [{ name, state: "broken", detail }];
  }
  const lacks = [
    ...(takesHundred ? [] : ["a hundred accounts at once (more calls are made instead)"]),
    ...optionalMissing.map(({ method, without }) => `${method} (${without})`),
  ];
  return lacks.length === 0
    ? [{ name, state: "ok", detail: `${host} offers everything that is used` }]
    : [{ name, state: "weak", detail: `${host} does not offer ${lacks.join("; ")}` }];
}

async function checkJupiter(
  { jupiterUrl, isLocalnet }: ClusterAddress,
  apiKey: string | undefined,
): Promise<Check> {
  const { host } = new URL(jupiterUrl);
  const headers: Record<string, string> = apiKey === undefined ? {} : { "x-api-key": apiKey };
  try {
    const { status } = await fetch(jupiterBuildUrl(jupiterUrl), {
      headers,
      redirect: "manual", // The engine follows none.
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A working API answers 400 to a query without parameters.
    if (status === 400) return { name: "jupiter", state: "ok", detail: `${host} answers` };
    if (status === 401 || status === 403)
      return {
        name: "jupiter",
        state: "broken",
        detail: `${host} refuses JUPITER_API_KEY (HTTP ${status}): correct the key, or unset it for the rate without one`,
      };
    if (status === 404)
      return {
        name: "jupiter",
        state: "broken",
        detail: `${host} has no swap API at the path of JUPITER_URL: correct it, or unset it for Jupiter's own address`,
      };
    if (status === 429 || status >= 500)
      return { name: "jupiter", state: "weak", detail: `${host} answers HTTP ${status}` };
    return {
      name: "jupiter",
      state: "broken",
      detail: `${host} is not the swap API: it answers HTTP ${status} where the API refuses an empty query with 400; check JUPITER_URL`,
    };
  } catch {
    const remedy = isLocalnet
      ? "restart the localnet (`cto start` or `cto localnet`), whose desk it is"
      : "check JUPITER_URL, and that no firewall or proxy stands between";
    return { name: "jupiter", state: "broken", detail: `${host} does not answer: ${remedy}` };
  }
}

/**
 * Different genesis hashes mean that one configuration mixes clusters. Evidence from one cluster proves nothing for
 * another.
 */
function checkAgreement(endpoints: readonly { genesis?: string }[]): Check[] {
  const genesis = new Set(endpoints.flatMap((each) => (each.genesis === undefined ? [] : [each.genesis])));
  if (genesis.size < 2) return [];
  return [
    { name: "cluster", state: "broken", detail: "SOLANA_RPC_URL names endpoints of different clusters" },
  ];
}

export async function checkCluster(config: Config, production = false): Promise<Check[]> {
  let cluster: ClusterAddress;
  try {
    cluster = await findCluster(config);
  } catch (error) {
    if (!isCTOError(error, "CTO_E_CONFIG_NO_CLUSTER")) throw error;
    return [
      {
        name: "cluster",
        state: "off",
        detail: "SOLANA_RPC_URL is unset and no localnet runs; `cto start` runs one",
      },
    ];
  }
  const endpoints = await Promise.all(cluster.urls.map((url) => checkEndpoint(url, production)));
  const jupiter = await checkJupiter(cluster, config.JUPITER_API_KEY);
  const answering = cluster.urls.filter((_, index) => endpoints[index]?.genesis !== undefined);
  const providers = await Promise.all(answering.map(checkProvider));
  const checks = endpoints.map(({ name, state, detail }) => ({ name, state, detail }));
  return [...checks, ...checkAgreement(endpoints), ...providers.flat(), jupiter];
}
