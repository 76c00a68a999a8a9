/**
 * Checks the requirements for real money, for `cto doctor --production`. It does so regardless of the current cluster.
 */
import { isPublicAddress } from "../../base/public-address.ts";
import { type Config, isLoopback, isOnThisMachine } from "../../config.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { lastBackup } from "../../services/backup.ts";
import type { Check } from "./check.ts";
import { checkEndpoints } from "./endpoints.ts";
import { type Network, SYSTEM } from "./network.ts";
import { checkPlainDatabases } from "./plain-databases.ts";

type State = Check["state"];

const BACKUP_MS = 7 * 86_400_000;

const fault = (name: string, state: State, detail: string): Check => ({ name, state, detail });

const given = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

/** Finds connections that others on the network could read or change. Of URLs, it names only the variable. */
function checkTransport(config: Config): Check[] {
  const { SOLANA_RPC_URL = [], SOLANA_WS_URL, JUPITER_URL, CTO_PUBLIC_URL, CTO_CORS_ORIGINS = [] } = config;
  const { TELEGRAM_API_ROOT, TELEGRAM_WEBHOOK_URL } = config;
  const named: readonly (readonly [string, readonly string[]])[] = [
    ["SOLANA_RPC_URL", SOLANA_RPC_URL],
    ["SOLANA_WS_URL", given(SOLANA_WS_URL)],
    ["JUPITER_URL", given(JUPITER_URL)],
    ["CTO_PUBLIC_URL", given(CTO_PUBLIC_URL)],
    ["CTO_CORS_ORIGINS", CTO_CORS_ORIGINS],
    ["TELEGRAM_API_ROOT", [TELEGRAM_API_ROOT]],
    ["TELEGRAM_WEBHOOK_URL", given(TELEGRAM_WEBHOOK_URL)],
  ];
  const open = named.filter(([, urls]) =>
    urls.some((url) => /^(http|ws):/.test(url) && !isOnThisMachine(url)),
  );
  const unchecked =
    process.env.NODE_TLS_REJECT_UNAUTHORIZED === "0"
      ? [
          fault(
            "transport",
            "broken",
            "NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is checked, so anyone on the way may be the cluster, Jupiter or the database. Unset it; NODE_EXTRA_CA_CERTS takes a certificate of your own",
          ),
        ]
      : [];
  return [
    ...unchecked,
    ...open.map(([name]) =>
      fault("transport", "broken", `${name} is not encrypted: anyone on the way reads and changes it`),
    ),
  ];
}

/** Finds a PostgreSQL that our system started, and databases that are reached without TLS. */
async function checkDatabases(config: Config, network: Network): Promise<Check[]> {
  const { MONGODB_URI, DATABASE_URL, REDIS_URL } = config;
  const isEmbedded = DATABASE_URL === undefined && (MONGODB_URI === undefined || REDIS_URL === undefined);
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
    ...(await checkPlainDatabases(config, network)),
  ];
}

/** Says whether TLS is in front of a server that other machines can reach, or why that is not needed. */
function checkTlsInFront(config: Config, network: Network): Check[] {
  const { CTO_HTTP_HOST: host, CTO_PUBLIC_URL: url } = config;
  if (url?.startsWith("https:") === true && config.CTO_HTTP_TRUSTED_PROXIES !== undefined) return [];
  const isPrivate = config.CTO_HTTP_PRIVATE === "1" && (url === undefined || isOnThisMachine(url));
  if (isPrivate && !network.own().some(isPublicAddress))
    return [fault("binding", "ok", `only this machine reaches ${host}, says CTO_HTTP_PRIVATE`)];
  const doubt = isPrivate ? ". CTO_HTTP_PRIVATE is not believed: this machine has a public address" : "";
  return [
    fault(
      "binding",
      "broken",
      `CTO_HTTP_HOST is ${host}, and no TLS is in front: set CTO_PUBLIC_URL (https) and CTO_HTTP_TRUSTED_PROXIES (docs/going-live.md#reach-it-from-elsewhere)${doubt}`,
    ),
  ];
}

/** A network of the whole world: with it, everybody states an address of their own choice. */
const EVERYBODY = /(^|,)\s*[\d.:a-f]+\/0\s*(,|$)/i;

function checkProxies({ CTO_HTTP_TRUSTED_PROXIES: proxies }: Config): Check[] {
  if (proxies === undefined || !EVERYBODY.test(proxies)) return [];
  const detail = "CTO_HTTP_TRUSTED_PROXIES believes everybody's X-Forwarded-For: name the proxies' addresses";
  return [fault("binding", "weak", detail)];
}

function checkBinding(config: Config, network: Network): Check[] {
  if (isLoopback(config.CTO_HTTP_HOST)) return checkProxies(config);
  return [
    ...checkProxies(config),
    ...checkTlsInFront(config, network),
    ...(config.CTO_METRICS_PUBLIC === "1"
      ? [fault("binding", "weak", "CTO_METRICS_PUBLIC shows everyone the metrics")]
      : []),
  ];
}

function checkWebhooks({ CTO_WEBHOOKS_ALLOW_PRIVATE: allowed }: Config): Check[] {
  if (allowed !== "1") return [];
  const detail =
    "CTO_WEBHOOKS_ALLOW_PRIVATE lets every user with a webhook reach the private network: unset it, and give receivers a public address";
  return [fault("webhooks", "weak", detail)];
}

async function checkBackup(context: CTOContext): Promise<Check[]> {
  const at = await lastBackup(context);
  if (at === null)
    return [
      fault(
        "backup",
        "weak",
        "no backup has been seen: let yours end with `cto backup-seen`, see docs/runbook.md#backups",
      ),
    ];
  if (Date.now() - at.getTime() < BACKUP_MS) return [];
  return [
    fault(
      "backup",
      "weak",
      `the last backup was seen on ${at.toISOString()}, more than a week ago: see docs/runbook.md#backups`,
    ),
  ];
}

/** A promoted standby lacks what was signed last, and looks like its primary where the server hides its timeline. */
async function checkCopies({ journal }: Pick<CTOContext, "journal">): Promise<Check[]> {
  if (await journal.tellsCopies()) return [];
  return [
    fault(
      "journal",
      "weak",
      "this PostgreSQL does not tell its timeline, so workers may not notice that a standby was promoted: stop them before each failover, and declare it (docs/runbook.md#a-failover-that-may-have-lost-something). Where you may, let the database's owner execute it: grant execute on function pg_current_wal_lsn(), pg_walfile_name(pg_lsn) to <the owner>; then stop the workers and run `cto restore`",
    ),
  ];
}

/**
 * Returns the faults, and what is accepted because the operator declares it. Without any fault, the last check says so.
 *
 * @param context null if the journal cannot be opened
 */
export async function checkProduction(
  config: Config,
  context: CTOContext | null,
  network = SYSTEM,
): Promise<Check[]> {
  const checks = [
    ...(await checkDatabases(config, network)),
    ...(await checkEndpoints(config, network)),
    ...checkTransport(config),
    ...checkBinding(config, network),
    ...checkWebhooks(config),
    ...(context === null ? [] : [...(await checkCopies(context)), ...(await checkBackup(context))]),
  ];
  if (checks.some(({ state }) => state !== "ok")) return checks;
  return [
    ...checks,
    fault(
      "production",
      "ok",
      "these settings are strict enough for real money; the other lines must be ok, too",
    ),
  ];
}
