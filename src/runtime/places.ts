/** Describes where the journal and the queue are, for people. It shows only the hosts of connection strings. */

import { hostsOfMongodb } from "../base/mongodb-hosts.ts";
import type { Config } from "../config.ts";

const hostOf = (url: string): string => new URL(url).host;

export const journalPlace = ({
  MONGODB_URI,
  DATABASE_URL,
  CTO_HOME,
}: Pick<Config, "MONGODB_URI" | "DATABASE_URL" | "CTO_HOME">): string => {
  if (MONGODB_URI !== undefined)
    return `MongoDB at ${hostsOfMongodb(MONGODB_URI) ?? "hosts that cannot be read"}`;
  return DATABASE_URL === undefined
    ? `embedded PostgreSQL in ${CTO_HOME}`
    : `PostgreSQL at ${hostOf(DATABASE_URL)}`;
};

export function queuePlace({
  REDIS_URL,
  REDIS_SENTINELS,
  ...config
}: Pick<Config, "REDIS_URL" | "REDIS_SENTINELS" | "DATABASE_URL" | "CTO_HOME">): string {
  if (REDIS_URL === undefined) return `BullMQ on ${journalPlace({ ...config, MONGODB_URI: undefined })}`;
  const through = REDIS_SENTINELS === undefined ? "" : `, through ${REDIS_SENTINELS.join(", ")}`;
  return `BullMQ on Redis at ${hostOf(REDIS_URL)}${through}`;
}
