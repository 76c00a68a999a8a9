/**
 * Defines every environment variable, and parses them once. `docs/configuration.md` is generated from this table (`npm
 * run docs`).
 */
import { isAddress } from "@solana/kit";
import { z } from "zod";
import { isAddressOrNetwork } from "./base/address-list.ts";
import { issueWords } from "./base/issue-words.ts";
import { hostsOfMongodb } from "./base/mongodb-hosts.ts";
import { distance, nearest } from "./base/nearest.ts";
import { LAMPORTS_PER_SOL, MOST_SOL } from "./base/sol.ts";
import { parseSol } from "./contract/amount.ts";
import { CTOError, isCTOError } from "./errors/index.ts";

const text = z.string().trim().min(1);

/** Plain digits. `Number` would also read `1e3`, `0x10` and ` `, and report a comma or a unit in its own words. */
const number = (form: RegExp, what: string, min: number, max: number) => {
  const problem = `must be ${what} from ${min} to ${max}, without a unit`;
  return text
    .regex(form, { message: problem, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, problem).max(max, problem));
};
const wholeNumber = (min: number, max: number) => number(/^\d+$/, "a whole number", min, max);
const count = (fallback: number, min: number, max: number) => wholeNumber(min, max).default(fallback);
const url = (...protocols: string[]) =>
  text.refine(
    (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)),
    `must be a URL beginning with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
  );

/**
 * The URL of a server, possibly with a password. In an unencoded password, a `/` or `?` would end the host early, and
 * we could print the rest of the password as part of the URL.
 */
const serverUrl = (...protocols: string[]) =>
  url(...protocols).refine((value) => {
    if (!URL.canParse(value)) return true; // `url` has already reported this problem.
    const { username, password, pathname, search, hash } = new URL(value);
    return isEncoded(`${username}${password}`) && !`${pathname}${search}${hash}`.includes("@");
  }, "must have its user name and password percent-encoded");

/** A % that begins no escape would end in an error of the client, which has no name and may show the password. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A URL that is shown to people or fetched as it is. Credentials in it would be shown, or refused by fetch. */
const plainUrl = (...protocols: string[]) =>
  serverUrl(...protocols).refine((value) => {
    if (!URL.canParse(value)) return true;
    const { username, password } = new URL(value);
    return username === "" && password === "";
  }, "must have no user name or password in it");

/** An amount of SOL as text, in the same format as operations have. */
const solAmount = text.superRefine((value, context) => {
  try {
    if (parseSol(value) > MOST_SOL * LAMPORTS_PER_SOL)
      context.addIssue({
        code: "custom",
        message: `must be in SOL, not in lamports: it is more than ${MOST_SOL} SOL`,
      });
  } catch (error) {
    const reason = isCTOError(error, "CTO_E_AMOUNT_INVALID") ? error.context.reason : "it cannot be read";
    context.addIssue({
      code: "custom",
      message: `must be an amount of SOL, such as 1.5: ${reason}`,
    });
  }
});

/** One or more RPC endpoints, comma separated. */
const endpoints = text
  .transform((value) => value.split(",").map((part) => part.trim()))
  .pipe(z.array(serverUrl("http", "https")).min(1));

/** One or more base58 addresses, comma separated. */
const addresses = text
  .transform((value) => value.split(",").map((part) => part.trim()))
  .pipe(z.array(z.string().refine((value): boolean => isAddress(value), "is not a Solana address")).min(1));

const mongodbUri = text
  .regex(/^mongodb(\+srv)?:\/\/[^/?]+/, "must be a MongoDB connection string")
  .refine(
    (value) => hostsOfMongodb(value) !== null,
    "must be a MongoDB connection string: percent-encode the user name and the password",
  );

/** One or more secrets: comma separated, or a JSON array if a secret contains a comma. */
const secrets = text
  .transform((value, context): unknown => {
    if (!value.startsWith("[")) return value.split(",").map((part) => part.trim());
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: "custom", message: "begins with [ and is not a JSON array of texts" });
      return z.NEVER;
    }
  })
  .pipe(z.array(z.string().min(1, "has an empty secret"), "must be secrets, comma separated").min(1));

/** One or more origins, in the format that browsers send, comma separated. */
const origins = text
  .transform((value) => value.split(",").map((part) => part.trim()))
  .pipe(
    z
      .array(
        z.string().refine((value) => {
          return (
            URL.canParse(value) &&
            /^https?:$/.test(new URL(value).protocol) &&
            new URL(value).origin === value
          );
        }, "must be origins such as https://app.example.org, without a path"),
      )
      .min(1),
  );

/** Returns whether only this machine can reach a server that binds to this host. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

/** Returns whether an endpoint is certainly on this machine. */
export const isOnThisMachine = (endpoint: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);

/**
 * Returns whether an attacker would guess this secret early, although it is long enough: it has few different
 * characters, it is a repeated or ascending text, or it is an example's placeholder.
 */
export function isGuessable(secret: string): boolean {
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS || isRepeated(secret)) return true;
  if (/your.?encryption|change.?me|placeholder|example|password|letmein|qwerty/i.test(secret)) return true;
  const codes = [...secret].map((character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)));
  return steps.size === 1;
}

const MIN_DIFFERENT_CHARACTERS = 8;

/** Every text names this strength alone. What is shorter may work, but nobody should choose it. */
export const TAKE_SECRET = "take 32 random bytes, `openssl rand -base64 32`, as ENCRYPTION_SECRET";
export const REPLACE_SECRET =
  "take 32 random bytes, `openssl rand -base64 32`; the old one goes to ENCRYPTION_SECRET_PREVIOUS until `cto keys rotate` has run";

/** Whether a text repeats its beginning up to its end, where the last repetition may be cut: `1234567890123456789012`. */
const isRepeated = (text: string): boolean =>
  Array.from({ length: Math.floor(text.length / 2) }, (_, at) => at + 1).some((period) =>
    text.startsWith(text.slice(period)),
  );

/** The names of networks that Fastify's `trustProxy` knows. */
const PROXY_NAMES: readonly string[] = ["loopback", "linklocal", "uniquelocal"];

const schema = z.object({
  CTO_HOME: text
    .default(".cto")
    .describe("Folder of the embedded PostgreSQL, the localnet's address and the generated secret."),
  MONGODB_URI: mongodbUri
    .optional()
    .describe(
      "MongoDB for the journal: a replica set, with the database's name in the path (default cto). Unset: PostgreSQL.",
    ),
  MONGODB_ALLOW_STANDALONE: z
    .enum(["0", "1"])
    .default("0")
    .describe(
      "1 accepts a MongoDB server without a replica set, whose data is only on one disk. For tests: refused unless every SOLANA_RPC_URL is on this machine.",
    ),
  DATABASE_URL: serverUrl("postgres", "postgresql")
    .optional()
    .describe(
      "PostgreSQL for the journal, unless MONGODB_URI is set, and for the queue, unless REDIS_URL is. Unset: an embedded PostgreSQL under CTO_HOME.",
    ),
  REDIS_URL: serverUrl("redis", "rediss")
    .refine(
      (value) => !URL.canParse(value) || /^\/?\d*$/.test(new URL(value).pathname),
      "must have a database number or nothing as its path",
    )
    .refine(
      (value) =>
        !URL.canParse(value) || [...new URL(value).searchParams.keys()].every((name) => name === "family"),
      "may have `family` alone after its `?`: other settings there would replace what stands before it",
    )
    .optional()
    .describe("Redis for the queue (maxmemory-policy noeviction). Unset: the queue lives in PostgreSQL."),
  REDIS_SENTINELS: text
    .transform((value) => value.split(",").map((part) => part.trim()))
    .pipe(z.array(z.string().regex(/^[\w.-]+(:\d{1,5})?$/, "must be hosts such as sentinel-1:26379")).min(1))
    .optional()
    .describe(
      "Redis Sentinels, comma separated. The host of REDIS_URL is then the primary's name in the sentinels' configuration, as in redis://:password@mymaster.",
    ),
  REDIS_SENTINEL_USERNAME: text.optional().describe("The user at the Redis Sentinels, if they have one."),
  REDIS_SENTINEL_PASSWORD: text
    .optional()
    .describe("The password of the Redis Sentinels. That of the primary stands in REDIS_URL."),
  REDIS_SENTINEL_TLS: z
    .enum(["0", "1"])
    .default("0")
    .describe("1 reaches the Redis Sentinels by TLS. For Redis itself, REDIS_URL begins with rediss://."),
  CTO_REDIS_PREFIX: text
    .regex(/^[\w-]+$/, "may have letters, digits, - and _ only")
    .default("cto")
    .describe("Prefix of every key in Redis. Installations that share a Redis need different prefixes."),
  CTO_PRIVATE_HOSTS: text
    .transform((value) => value.split(",").map((part) => part.trim()))
    .pipe(z.array(z.string().regex(/^[\w.:-]+$/, "must be host names or addresses")).min(1))
    .optional()
    .describe(
      "Hosts of databases on a private network that only this installation uses, comma separated. `cto doctor --production` accepts them without TLS if all their addresses are private.",
    ),
  SOLANA_RPC_URL: endpoints
    .optional()
    .describe(
      "Solana JSON-RPC endpoints, comma separated. Unset: the localnet that `cto start` or `cto localnet` runs.",
    ),
  RESIGN_QUORUM: wholeNumber(1, 16)
    .optional()
    .describe(
      "The number of distinct endpoints that must agree before a wallet signs again, and on the facts that set prices. Unset: 2, or 1 with a single endpoint.",
    ),
  SOLANA_WS_URL: serverUrl("ws", "wss")
    .optional()
    .describe(
      "WebSocket of the first endpoint, with its key. Unset: derived from the endpoint. Without a WebSocket, and for ten seconds after each fault of it, we only poll.",
    ),
  JUPITER_URL: plainUrl("http", "https")
    .optional()
    .describe(
      "Jupiter swap API; a path in it is kept. Must be https unless it is on this machine or is the localnet's desk. Unset: https://api.jup.ag, on the localnet its desk.",
    ),
  JUPITER_API_KEY: text
    .regex(/^[\x21-\x7e]+$/, "must be visible ASCII characters without blanks, as a header's value is")
    .optional()
    .describe("The key of your Jupiter plan, sent as x-api-key. Unset: no key, and a low rate limit."),
  JUPITER_REQUESTS_PER_SECOND: number(/^\d+(\.\d+)?$/, "a number", 0.01, 1_000)
    .optional()
    .describe(
      "Requests that one process may send to Jupiter per second: estimates get a quarter of it, workers the rest. Unset: 0.5 without a key, 1 with a key, no limit on the localnet.",
    ),
  ENCRYPTION_SECRET: text
    .min(16, `is too short: ${TAKE_SECRET}`)
    .optional()
    .describe(
      "Seals the wallets' private keys: 32 random bytes, `openssl rand -base64 32`. A short one is refused, and beyond this machine one that is easy to guess. Required with SOLANA_RPC_URL; generated under CTO_HOME on the localnet.",
    ),
  ENCRYPTION_SECRET_PREVIOUS: secrets
    .optional()
    .describe(
      "Other secrets that keys may be sealed with, during a rotation or an import: comma separated, or a JSON array. They only open keys; new keys are sealed with ENCRYPTION_SECRET. See docs/wallets.md.",
    ),
  CTO_SIGNERS: text
    .optional()
    .describe(
      "A JavaScript module whose default export opens external signers by name, for wallets whose keys are elsewhere: docs/wallets.md.",
    ),
  CTO_IMPORT_MONGODB_URI: mongodbUri
    .optional()
    .describe("The existing bot's database that `cto import mongo` reads, with its name in the path."),
  CTO_MAX_BUY_SOL: solAmount
    .default("100")
    .describe("The most that one operation may spend on a token, in SOL."),
  CTO_SLIPPAGE_BPS: count(500, 0, 10_000).describe("Slippage in bps, for operations that do not set it."),
  CTO_PARALLELISM: count(16, 1, 256).describe(
    "Legs of one operation in flight at once, for operations that do not set it.",
  ),
  CTO_MAX_OPEN_OPERATIONS: count(1_000, 1, 1_000_000).describe(
    "Operations of one user that may wait or be under way; one more is refused.",
  ),
  CTO_CONCURRENCY: count(4, 1, 256).describe(
    "Operations that one worker process carries out at once (of different users).",
  ),
  CTO_MAX_PRIORITY_FEE_LAMPORTS: count(1_000_000, 0, 100_000_000).describe(
    "The most that one transaction may pay as priority fee, in lamports.",
  ),
  CTO_RPC_REQUESTS_PER_SECOND: count(50, 1, 10_000).describe(
    "Requests that one process may send to one RPC endpoint per second.",
  ),
  CTO_LOOKUP_TABLES: addresses
    .optional()
    .describe(
      "Address lookup tables that make transactions smaller, comma separated; `cto alt create` makes one.",
    ),
  CTO_CALLERS: addresses
    .optional()
    .describe(
      "Wallets that may publish open calls here, comma separated: docs/calls.md. Unset: calls are off.",
    ),
  CTO_CALL_TERMS_FILE: text
    .optional()
    .describe(
      "A file of plain text, UTF-8, with the operator's own terms. The page of every open call shows it; the server reads it at its start.",
    ),
  CTO_PUBLIC_URL: plainUrl("http", "https")
    .refine((value) => !/[?#]/.test(value), "must end with its host or a path")
    .optional()
    .describe("The HTTP server's address for users; `receiptUrl` is built from it."),
  CTO_HTTP_HOST: text
    .regex(/^[\w.:-]+$/, "must be a host name or an address")
    .default("127.0.0.1")
    .describe(
      "The HTTP server's listening address. Without an API key, the server refuses an address that other machines can reach.",
    ),
  CTO_HTTP_PRIVATE: z
    .enum(["0", "1"])
    .default("0")
    .describe(
      "1 declares that only this machine reaches CTO_HTTP_HOST, as in a container whose port is published on 127.0.0.1. `cto doctor --production` then requires no TLS in front while CTO_PUBLIC_URL names no other machine.",
    ),
  CTO_HTTP_PORT: count(3_000, 0, 65_535).describe("Port of the HTTP server; 0 selects a free port."),
  CTO_HTTP_REQUESTS_PER_MINUTE: count(1_200, 1, 10_000_000).describe(
    "Requests that one API key, or one address without a key, may send to one server process.",
  ),
  CTO_METRICS_PUBLIC: z
    .enum(["0", "1"])
    .default("0")
    .describe("1 serves /metrics without a key. 0 requires a key that is bound to no user."),
  CTO_HTTP_TRUSTED_PROXIES: text
    .refine(
      (value) =>
        value
          .split(",")
          .map((part) => part.trim())
          .every((part) => PROXY_NAMES.includes(part) || isAddressOrNetwork(part)),
      "must be addresses or networks such as 10.0.0.0/8, comma separated",
    )
    .optional()
    .describe(
      "Addresses of reverse proxies whose X-Forwarded-For is believed, comma separated. Unset: none.",
    ),
  CTO_CORS_ORIGINS: origins
    .optional()
    .describe("Origins whose pages may call the API with a key, comma separated. Unset: none."),
  CTO_WEBHOOKS_ALLOW_PRIVATE: z
    .enum(["0", "1"])
    .default("0")
    .describe(
      "1 allows webhooks to private and loopback addresses, and over plain HTTP; workers need it, too. Use it only if you trust everyone who may add a webhook.",
    ),
  TELEGRAM_BOT_TOKEN: text
    .regex(/^\d+:[\w-]+$/, "must be a bot's token, as BotFather shows it")
    .optional()
    .describe("Token of the Telegram bot. Unset: no bot runs."),
  TELEGRAM_API_ROOT: plainUrl("http", "https")
    .default("https://api.telegram.org")
    .describe("Address of the Bot API; change it for your own server or a test."),
  TELEGRAM_WEBHOOK_URL: plainUrl("https", "http")
    .optional()
    .describe(
      "The address at which Telegram reaches the bot, through a proxy that terminates TLS. Unset: the bot polls Telegram.",
    ),
  TELEGRAM_WEBHOOK_PORT: count(3_001, 0, 65_535).describe(
    "Port on 127.0.0.1 to which the proxy forwards TELEGRAM_WEBHOOK_URL.",
  ),
  CTO_ACTOR: text
    .max(128)
    .optional()
    .describe("The actor's name in the audit log. Unset: the system's user name."),
  CTO_LOG: z
    .enum(["silent", "error", "warn", "info", "debug", "trace"])
    .default("info")
    .describe("Log level."),
});

export type Config = z.infer<typeof schema>;

/** Returns the name, default and meaning of every variable, for the documentation and `cto doctor`. */
export const describeConfig = (): { name: string; fallback: string; meaning: string }[] =>
  Object.entries(schema.shape).map(([name, field]) => {
    const parsed = field.safeParse(undefined);
    const fallback = parsed.success && parsed.data !== undefined ? String(parsed.data) : "unset";
    return { name, fallback, meaning: field.description ?? "" };
  });

/** Variables of other tools: the tests, the fuzzer, and the clients in the examples. */
const OTHERS = /^CTO_(TEST|FUZZ)_|^CTO_(KEY|SERVER)$/;

/** Other programs' variables stand beside ours. Only one that begins like ours, and differs in two letters at most, is meant. */
const MOST_WRONG = 2;

const isMisspelt = (name: string, known: string): boolean =>
  name.split("_")[0] === known.split("_")[0] && distance(name, known) <= MOST_WRONG;

/** Any name with our prefix may stand here. It is a slip only if a variable begins so, or if at most a third of its other letters differ. */
const isNear = (name: string, known: string): boolean =>
  !name.startsWith("CTO_") ||
  known.startsWith(name) ||
  distance(name, known) <= Math.max(1, (name.length - "CTO_".length) / 3);

/**
 * Returns a warning for each unknown variable with our prefix, and for each that is almost one of the others. Without a warning, a misspelt variable would be ignored
 * silently.
 *
 * @example
 * unknownVariables({ CTO_SLIPAGE_BPS: "50" }); // ["CTO_SLIPAGE_BPS is ignored: … did you mean CTO_SLIPPAGE_BPS?"]
 */
export function unknownVariables(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  const known = Object.keys(schema.shape);
  const isMeant = (name: string): boolean =>
    name.startsWith("CTO_")
      ? !OTHERS.test(name)
      : known.some((one) => !one.startsWith("CTO_") && isMisspelt(name, one));
  return Object.keys(env)
    .filter((name) => !known.includes(name) && isMeant(name))
    .sort()
    .map((name) => {
      const near = nearest(name, known);
      const meant = near !== undefined && isNear(name, near) ? `; did you mean ${near}?` : "";
      return `${name} is ignored: there is no such variable${meant}`;
    });
}

/** The variable, and which of its entries if it has several: an entry may hold a key, so its text is not shown. */
function placeOf(path: readonly PropertyKey[], given: Readonly<Record<string, string | undefined>>): string {
  const [name, index] = path;
  const hasSeveral = given[String(name)]?.includes(",") === true;
  return typeof index === "number" && hasSeveral ? `${String(name)} (entry ${index + 1})` : String(name);
}

/**
 * Reads the configuration. An empty variable counts as unset.
 *
 * @throws `CTO_E_CONFIG_INVALID` with the names of all invalid variables, never their values
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = schema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${placeOf(issue.path, given)} ${issueWords(issue)}`);
  if (given.SOLANA_RPC_URL !== undefined && given.ENCRYPTION_SECRET === undefined) {
    problems.push("ENCRYPTION_SECRET is required when SOLANA_RPC_URL is set");
  }
  const isRemote = !(parsed.data?.SOLANA_RPC_URL ?? []).every(isOnThisMachine);
  if (isRemote) {
    const secret = parsed.data?.ENCRYPTION_SECRET;
    if (secret !== undefined && isGuessable(secret))
      problems.push(
        `ENCRYPTION_SECRET is easy to guess, and SOLANA_RPC_URL is beyond this machine: ${REPLACE_SECRET}`,
      );
  }
  if (parsed.success) {
    const { RESIGN_QUORUM: quorum, SOLANA_RPC_URL: urls } = parsed.data;
    if (parsed.data.MONGODB_ALLOW_STANDALONE === "1" && !(urls ?? []).every(isOnThisMachine)) {
      problems.push(
        "MONGODB_ALLOW_STANDALONE is for tests: it is refused with a SOLANA_RPC_URL beyond this machine",
      );
    }
    const endpoints = new Set(urls).size || 1; // The localnet is one endpoint.
    if (quorum !== undefined && quorum > endpoints) {
      problems.push(
        `RESIGN_QUORUM is above the number of distinct endpoints in SOLANA_RPC_URL, ${endpoints}`,
      );
    }
  }
  if (!parsed.success || problems.length > 0) throw new CTOError("CTO_E_CONFIG_INVALID", { problems });
  return parsed.data;
}
