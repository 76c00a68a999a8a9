/**
 * Finds databases that are reached without TLS, and whether that is acceptable: only on this machine, or on a network
 * that the operator declares to be the installation's own.
 */
import { hostsOfMongodb } from "../../base/mongodb-hosts.ts";
import { postgresHost } from "../../base/postgres-host.ts";
import { isPublicAddress } from "../../base/public-address.ts";
import { type Config, isLoopback } from "../../config.ts";
import type { Check } from "./check.ts";
import type { Network } from "./network.ts";

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, "");

const mongoHosts = (uri: string): string[] =>
  (hostsOfMongodb(uri) ?? "").split(",").map((host) => host.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));

/** The scheme `mongodb+srv` means TLS, unless an option turns it off. A certificate that nobody checks may be anyone's. */
const isPlainMongo = (uri: string): boolean =>
  /[?&](tls|ssl)=false/i.test(uri) ||
  /[?&](tlsInsecure|tlsAllowInvalid(Certificates|Hostnames))=true/i.test(uri) ||
  (uri.startsWith("mongodb://") && !/[?&](tls|ssl)=true/i.test(uri));

type Plain = { readonly name: string; readonly hosts: readonly string[]; readonly remedy: string };

/** Returns the connections without TLS, with the hosts of each that are not this machine. */
function plainConnections(config: Config): Plain[] {
  const { DATABASE_URL, REDIS_URL, REDIS_SENTINELS, REDIS_SENTINEL_TLS, MONGODB_URI } = config;
  const redisHosts = (REDIS_SENTINELS ?? []).map((sentinel) => sentinel.replace(/:\d+$/, ""));
  const all: (Plain & { readonly isPlain: boolean })[] = [
    {
      name: "DATABASE_URL",
      hosts: DATABASE_URL === undefined ? [] : [postgresHost(DATABASE_URL)],
      remedy: "add sslmode=verify-full",
      // With libpq's meaning, only these two check whose certificate it is.
      isPlain: /[?&]uselibpqcompat=true/.test(DATABASE_URL ?? "")
        ? !/[?&]sslmode=verify-(ca|full)/.test(DATABASE_URL ?? "")
        : !/[?&]sslmode=(require|verify-ca|verify-full)/.test(DATABASE_URL ?? ""),
    },
    {
      name: "REDIS_URL",
      // With sentinels, the host in the URL is only a name in their configuration.
      hosts: REDIS_URL === undefined ? [] : redisHosts.length > 0 ? redisHosts : [hostOf(REDIS_URL)],
      remedy: "use rediss://",
      isPlain: !(REDIS_URL ?? "").startsWith("rediss:"),
    },
    {
      name: "REDIS_SENTINELS",
      hosts: redisHosts,
      remedy: "set REDIS_SENTINEL_TLS=1",
      isPlain: REDIS_SENTINEL_TLS !== "1",
    },
    {
      name: "MONGODB_URI",
      hosts: MONGODB_URI === undefined ? [] : mongoHosts(MONGODB_URI),
      remedy: "add tls=true",
      isPlain: isPlainMongo(MONGODB_URI ?? ""),
    },
  ];
  return all
    .filter(({ isPlain }) => isPlain)
    .map((each) => ({
      ...each,
      hosts: each.hosts.filter((host) => !isLoopback(host) && !host.startsWith("/")),
    }))
    .filter(({ hosts }) => hosts.length > 0);
}

/** Returns why the declaration of these hosts is not believed; null if it is. */
async function doubtOf(
  hosts: readonly string[],
  declared: readonly string[],
  { addressesOf }: Network,
): Promise<string | null> {
  for (const host of hosts) {
    if (!declared.includes(host)) return "";
    const addresses = await addressesOf(host).catch(() => []);
    if (addresses.length === 0) return `; CTO_PRIVATE_HOSTS has ${host}, but it has no address here`;
    if (addresses.some(isPublicAddress)) return `; CTO_PRIVATE_HOSTS has ${host}, but its address is public`;
  }
  return null;
}

export async function checkPlainDatabases(config: Config, network: Network): Promise<Check[]> {
  const declared = config.CTO_PRIVATE_HOSTS ?? [];
  return Promise.all(
    plainConnections(config).map(async ({ name, hosts, remedy }): Promise<Check> => {
      const doubt = await doubtOf(hosts, declared, network);
      if (doubt === null)
        return {
          name: "databases",
          state: "ok",
          detail: `${name} is reached without TLS on a network of this installation alone (CTO_PRIVATE_HOSTS)`,
        };
      return {
        name: "databases",
        state: "weak",
        detail: `${name} is reached without TLS: ${remedy}${doubt}`,
      };
    }),
  );
}
