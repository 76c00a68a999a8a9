/** Describes where the journal and the queue are, for people. Of connection strings it shows only the hosts and the database. */

import { hostsOfMongodb } from "../base/mongodb-hosts.ts";
import { postgresHost } from "../base/postgres-host.ts";
import type { Config } from "../config.ts";

/** The host, and the number of the database if there is one. */
function redisPlace(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname.replace(/\/$/, "")}`;
}

/** The host and the database, because a server may hold the journal and a restored copy of it. */
function databaseOf(url: string): string {
  const { hostname, host, pathname } = new URL(url);
  const connected = postgresHost(url);
  return `${connected === hostname ? host : connected}${pathname.replace(/\/$/, "")}`;
}

export const journalPlace = ({
  MONGODB_URI,
  DATABASE_URL,
  CTO_HOME,
}: Pick<Config, "MONGODB_URI" | "DATABASE_URL" | "CTO_HOME">): string => {
  if (MONGODB_URI !== undefined) {
    const hosts = hostsOfMongodb(MONGODB_URI);
    const [, database = ""] = /^[^:]+:\/\/[^/?#]+(\/[^?#]+)/.exec(MONGODB_URI) ?? [];
    return `MongoDB at ${hosts === null ? "hosts that cannot be read" : `${hosts}${database}`}`;
  }
  return DATABASE_URL === undefined
    ? `embedded PostgreSQL in ${CTO_HOME}`
    : `PostgreSQL at ${databaseOf(DATABASE_URL)}`;
};

export function queuePlace({
  REDIS_URL,
  REDIS_SENTINELS,
  ...config
}: Pick<Config, "REDIS_URL" | "REDIS_SENTINELS" | "DATABASE_URL" | "CTO_HOME">): string {
  if (REDIS_URL === undefined) return `BullMQ on ${journalPlace({ ...config, MONGODB_URI: undefined })}`;
  const through = REDIS_SENTINELS === undefined ? "" : `, through ${REDIS_SENTINELS.join(", ")}`;
  return `BullMQ on Redis at ${redisPlace(REDIS_URL)}${through}`;
}
