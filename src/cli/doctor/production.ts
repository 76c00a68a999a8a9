/**
 * Checks the requirements for real money, for `cto doctor --production`. It does so regardless of the current cluster.
 */
import { hostsOfMongodb } from "../../base/mongodb-hosts.ts";
import { type Config, isLoopback, isOnThisMachine } from "../../config.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { lastBackup } from "../../services/backup.ts";
import type { Check } from "./check.ts";

type State = Check["state"];

const BACKUP_MS = 7 * 86_400_000;

const fault = (name: string, state: State, detail: string): Check => ({ name, state, detail });

const given = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

/** Finds connections that others on the network could read or change. Of URLs, it names only the variable. */
function checkTransport(config: Config): Check[] {
  const { SOLANA_RPC_URL = [], SOLANA_WS_URL, JUPITER_URL, CTO_PUBLIC_URL, CTO_CORS_ORIGINS = [] } = config;
  const named: readonly (readonly [string, readonly string[]])[] = [
    ["SOLANA_RPC_URL", SOLANA_RPC_URL],
    ["SOLANA_WS_URL", given(SOLANA_WS_URL)],
    ["JUPITER_URL", given(JUPITER_URL)],
    ["CTO_PUBLIC_URL", given(CTO_PUBLIC_URL)],
    ["CTO_CORS_ORIGINS", CTO_CORS_ORIGINS],
  ];
  const open = named.filter(([, urls]) =>
    urls.some((url) => /^(http|ws):/.test(url) && !isOnThisMachine(url)),
  );
  return open.map(([name]) =>
    fault("transport", "broken", `${name} is not encrypted: anyone on the way reads and changes it`),
  );
}

/** Finds a PostgreSQL that our system started, and databases that are reached without TLS. */
function checkDatabases({ MONGODB_URI, DATABASE_URL, REDIS_URL, ...config }: Config): Check[] {
  const isEmbedded = DATABASE_URL === undefined && (MONGODB_URI === undefined || REDIS_URL === undefined);
  const isPlain = (url: string | undefined, tls: RegExp): boolean =>
    url !== undefined && !isOnThisMachine(url) && !tls.test(url);
  const mongoHosts = MONGODB_URI === undefined ? [] : (hostsOfMongodb(MONGODB_URI) ?? "").split(",");
  const isMongoPlain =
    MONGODB_URI?.startsWith("mongodb://") === true &&
    !mongoHosts.every((host) => isLoopback(host.replace(/:\d+$/, ""))) &&
    !/[?&](tls|ssl)=true/i.test(MONGODB_URI);
  return [
    ...(isEmbedded
      ? [
          fault(
            "databases",
            "broken",
            "the embedded PostgreSQL keeps the only record of what was signed: use one with backups (DATABASE_URL or MONGODB_URI)",
          ),
        ]
      : []),
    ...(config.MONGODB_ALLOW_STANDALONE === "1"
      ? [fault("databases", "broken", "MONGODB_ALLOW_STANDALONE is for tests")]
      : []),
    ...(isPlain(DATABASE_URL, /[?&]sslmode=(require|verify-ca|verify-full)/)
      ? [fault("databases", "weak", "DATABASE_URL is reached without TLS: add sslmode=verify-full")]
      : []),
    ...(isPlain(REDIS_URL, /^rediss:/)
      ? [fault("databases", "weak", "REDIS_URL is reached without TLS: use rediss://")]
      : []),
    ...(isMongoPlain ? [fault("databases", "weak", "MONGODB_URI is reached without TLS: add tls=true")] : []),
  ];
}

function checkEndpoints({ SOLANA_RPC_URL: urls = [] }: Config): Check[] {
  if (urls.length === 0)
    return [fault("endpoints", "broken", "SOLANA_RPC_URL is unset: the localnet is no money")];
  const hosts = new Set(urls.map((url) => new URL(url).host));
  if (hosts.size > 1) return [];
  return [
    fault(
      "endpoints",
      "weak",
      "a single endpoint: nobody contradicts it, and nobody answers when it is down",
    ),
  ];
}

/** A server that other machines can reach needs TLS in front of it. */
function checkBinding({
  CTO_HTTP_HOST,
  CTO_PUBLIC_URL,
  CTO_HTTP_TRUSTED_PROXIES,
  ...config
}: Config): Check[] {
  if (isLoopback(CTO_HTTP_HOST)) return [];
  const isBehindTls = CTO_PUBLIC_URL?.startsWith("https:") === true && CTO_HTTP_TRUSTED_PROXIES !== undefined;
  return [
    ...(isBehindTls
      ? []
      : [
          fault(
            "binding",
            "broken",
            `CTO_HTTP_HOST is ${CTO_HTTP_HOST}, and no TLS is in front: set CTO_PUBLIC_URL (https) and CTO_HTTP_TRUSTED_PROXIES`,
          ),
        ]),
    ...(config.CTO_METRICS_PUBLIC === "1"
      ? [fault("binding", "weak", "CTO_METRICS_PUBLIC shows everyone the metrics")]
      : []),
  ];
}

async function checkBackup(context: CTOContext): Promise<Check[]> {
  const at = await lastBackup(context);
  if (at === null)
    return [
      fault(
        "backup",
        "weak",
        "no backup has been seen: let yours end with `cto backup-seen`, see docs/operating.md",
      ),
    ];
  if (Date.now() - at.getTime() < BACKUP_MS) return [];
  return [fault("backup", "weak", `the last backup was seen on ${at.toISOString()}, more than a week ago`)];
}

/**
 * Returns the faults only; if there are none, one check with the state `ok`.
 *
 * @param context null if the journal cannot be opened
 */
export async function checkProduction(config: Config, context: CTOContext | null): Promise<Check[]> {
  const faults = [
    ...checkDatabases(config),
    ...checkEndpoints(config),
    ...checkTransport(config),
    ...checkBinding(config),
    ...(context === null ? [] : await checkBackup(context)),
  ];
  return faults.length > 0 ? faults : [fault("production", "ok", "nothing is in the way of real money")];
}
