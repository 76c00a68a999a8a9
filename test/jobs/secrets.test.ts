/**
 * Tests that no secret leaks. It plants a secret at every place where one enters, and runs the whole system at trace
 * level in real processes, with and without faults. Nothing that the system stores or returns may contain one of them,
 * in any encoding.
 */
import { createCipheriv, randomBytes, scryptSync } from "node:crypto";
import { inspect } from "node:util";
import { type Address, getBase58Decoder, getBase58Encoder, lamports } from "@solana/kit";
import CryptoJS from "crypto-js";
import { Redis } from "ioredis";
import pg from "pg";
import { pino } from "pino";
import { io } from "socket.io-client";
import { afterEach, describe, expect, inject, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { toFailure } from "../../src/errors/index.ts";
import { openContext } from "../../src/runtime/context.ts";
import { createApiKey } from "../../src/services/api-keys.ts";
import { enqueue } from "../../src/services/operations.ts";
import { importWallet } from "../../src/services/wallets.ts";
import { addWebhook, rotateWebhookSecret } from "../../src/services/webhooks/registry.ts";
import { generateKeypair, type Keypair } from "../../src/wallets/keypair.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";
import { type Run, type RunningCli, runCli, startCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { freePort } from "../support/free-port.ts";
import { startKeyedRpc } from "../support/keyed-rpc.ts";
import { dumpMongo, dumpPostgres, dumpRedis, findLeaks } from "../support/leaks.ts";
import { type RedisServer, startRedisServer } from "../support/redis.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(mongo === null ? [] : [["MongoDB", { mongo }] as [string, StageOptions]]),
];

/** The time for about sixty processes in sequence. */
const WHOLE_RUN_MS = 900_000;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const secret = (): string => randomBytes(24).toString("base64url");
const base58 = (bytes: Uint8Array): string => getBase58Decoder().decode(bytes);
const secretKeyOf = ({ seed, address }: Keypair): Uint8Array =>
  Uint8Array.from([...seed, ...getBase58Encoder().encode(address)]);

const withIv = (text: string, passphrase: string): string => {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", scryptSync(passphrase, "salt", 32), iv);
  return `${iv.toString("hex")}:${cipher.update(text, "utf8", "hex")}${cipher.final("hex")}`;
};

describe("the search itself", () => {
  const { seed } = generateKeypair();
  const password = "p/ss wörd+%";
  const planted = new Map<string, string | Uint8Array>([
    ["key", seed],
    ["password", password],
  ]);
  const bytes = Buffer.from(seed);
  const logged: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => logged.push(line) });
  log.trace({ seed, bytes, list: [...seed] }, "as a careless line would have it");

  it.each([
    ["base58", base58(seed)],
    ["hex", bytes.toString("hex")],
    ["large hex", bytes.toString("hex").toUpperCase()],
    ["base64", bytes.toString("base64")],
    ["base64url", bytes.toString("base64url")],
    ["a JSON byte array", JSON.stringify([...seed])],
    ["a JSON byte array on many lines", JSON.stringify([...seed], null, 2)],
    ["JSON of a buffer", JSON.stringify(bytes)],
    ["JSON of a typed array", JSON.stringify(seed)],
    ["an inspected buffer", inspect(bytes)],
    ["an inspected typed array", inspect(seed, { maxArrayLength: null })],
    ["a line of the log", logged.join("")],
    ["the seed in its 64-byte form, as hex", Buffer.from([1, ...seed, 2]).toString("hex")],
    ["the seed within other bytes, as base64", Buffer.from([1, ...seed, 2]).toString("base64")],
    ["the seed within other bytes, shifted once more", Buffer.from([1, 2, ...seed, 3]).toString("base64url")],
    ["raw bytes", bytes.toString("latin1")],
  ])("finds a key as %s", (_form, text) => {
    expect(findLeaks(`before ${text} after`, planted)).not.toEqual([]);
  });

  it.each([
    ["in clear", password],
    ["in a URL", `postgres://me:${encodeURIComponent(password)}@host/db`],
    ["in JSON", JSON.stringify({ password })],
    ["in hex", Buffer.from(password).toString("hex")],
  ])("finds a password %s", (_form, text) => {
    expect(findLeaks(`before ${text} after`, planted)).not.toEqual([]);
  });

  it("finds nothing where there is nothing", () => {
    expect(findLeaks(JSON.stringify([...generateKeypair().seed, randomBytes(500)]), planted)).toEqual([]);
  });
});

/** Creates a PostgreSQL role with a password. The test's own role may have none. */
async function withPassword(connectionString: string, password: string): Promise<string> {
  const url = new URL(connectionString);
  const role = `planted_${randomBytes(6).toString("hex")}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: inject("testPostgres").adminUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create role ${role} login superuser password '${password}'`);
  closers.push(() => run(`drop role ${role}`));
  url.username = role;
  url.password = password;
  return url.href;
}

type Site = {
  readonly stage: Stage;
  readonly env: Record<string, string>;
  readonly redis: RedisServer | null;
  readonly planted: Map<string, string | Uint8Array>;
};

/** Opens a system in which every place that can hold a secret holds a planted one. */
async function openSite(options: StageOptions): Promise<Site> {
  const passwords = { postgres: secret(), redis: secret() };
  const redis = await startRedisServer();
  if (redis !== null) closers.push(() => redis.stop());
  const stage = await openStage({ buyers: 2, ...options });
  const databaseUrl = await withPassword(stage.env.DATABASE_URL ?? "", passwords.postgres);
  closers.push(() => stage.close());
  const redisUrl = redis === null ? null : new URL(redis.url);
  if (redisUrl !== null) {
    const admin = new Redis(redisUrl.href);
    await admin.config("SET", "requirepass", passwords.redis);
    admin.disconnect();
    redisUrl.password = passwords.redis;
  }
  const [path, query, dead, socket] = [secret(), secret(), secret(), secret()];
  const rpc = await startKeyedRpc(stage.localnet.rpcUrl, { path, query });
  closers.push(() => rpc.close());
  const secrets = {
    current: secret(),
    previous: secret(),
    bot: `it's, ${secret()}`,
    jupiter: secret(),
    sentinels: secret(),
  };
  // The run's own server accepts any password. A given server has its own password, which we do not plant.
  const mongoPassword = options.mongo?.allowStandalone ? secret() : null;
  const env: Record<string, string> = {
    ...stage.env,
    ...(mongoPassword === null
      ? {}
      : {
          MONGODB_URI: `${(stage.env.MONGODB_URI ?? "").replace("//", `//planted:${mongoPassword}@`)}?authMechanism=PLAIN`,
        }),
    DATABASE_URL: databaseUrl,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl.href }),
    ENCRYPTION_SECRET: secrets.current,
    ENCRYPTION_SECRET_PREVIOUS: JSON.stringify([secrets.previous, secrets.bot]),
    // The second endpoint does not answer. Messages about it must not contain its key.
    SOLANA_RPC_URL: `${rpc.url},http://127.0.0.1:1/${dead}`,
    SOLANA_WS_URL: `${stage.localnet.wsUrl}/?api-key=${socket}`,
    RESIGN_QUORUM: "1",
    JUPITER_URL: stage.desk.url,
    JUPITER_API_KEY: secrets.jupiter,
    REDIS_SENTINEL_PASSWORD: secrets.sentinels,
    CTO_LOG: "trace",
    CTO_HTTP_PORT: String(await freePort()),
    CTO_WEBHOOKS_ALLOW_PRIVATE: "1",
  };
  const planted = new Map<string, string | Uint8Array>([
    ["ENCRYPTION_SECRET", secrets.current],
    ["a previous secret", secrets.previous],
    ["the bot's secret", secrets.bot],
    ["JUPITER_API_KEY", secrets.jupiter],
    ["REDIS_SENTINEL_PASSWORD", secrets.sentinels],
    ["the RPC URL's path", path],
    ["the RPC URL's query", query],
    ["the dead RPC URL's path", dead],
    ["the WebSocket URL's query", socket],
    ["the password of PostgreSQL", passwords.postgres],
    ...(mongoPassword === null ? [] : [["the password of MongoDB", mongoPassword] as const]),
    ...(redis === null ? [] : [["the password of Redis", passwords.redis] as const]),
  ]);
  return { stage, env, redis, planted };
}

/** Imports a wallet in each form that a key may have, through the real command line. */
async function importEveryForm({ stage, env, planted }: Site, said: string[]): Promise<string[]> {
  const context = { journal: stage.context.journal, config: readConfig(env) };
  const previous = JSON.parse(env.ENCRYPTION_SECRET_PREVIOUS ?? "[]") as string[];
  const [older = "", bot = ""] = previous;
  const forms: Record<string, (pair: Keypair) => string | Promise<string>> = {
    base58: (pair) => base58(secretKeyOf(pair)),
    "JSON byte array": (pair) => JSON.stringify([...secretKeyOf(pair)]),
    hex: (pair) => Buffer.from(secretKeyOf(pair)).toString("hex"),
    base64: (pair) => Buffer.from(secretKeyOf(pair)).toString("base64"),
    CryptoJS: (pair) => CryptoJS.AES.encrypt(base58(secretKeyOf(pair)), bot).toString(),
    "IV and ciphertext": (pair) => withIv(base58(secretKeyOf(pair)), bot),
    sealed: ({ seed, address }) =>
      createSecretBox(older).seal(seed, { walletId: "w_old", userId: "planted", address }),
  };
  const addresses: string[] = [];
  for (const [form, write] of Object.entries(forms)) {
    const pair = generateKeypair();
    planted.set(`the key imported as ${form}`, Uint8Array.from(pair.seed));
    const sealed = form === "sealed" ? ["--expect", pair.address, "--sealed-as", "w_old"] : [];
    const args = ["wallets", "import", "planted", "--role", "buyer", ...sealed];
    const text = await write(pair);
    const done = await runCli(args, env, text);
    expect(done.code, form).toBe(0);
    said.push(done.stdout, done.stderr);
    // A repeated import and a broken key are refused. We collect the errors from every interface.
    for (const broken of [text, `${text.slice(0, -3)}!`, `${text}${text}`]) {
      const error = await importWallet(context, "planted", broken, { role: "buyer" }).catch(
        (e: unknown) => e,
      );
      expect(error, form).toBeInstanceOf(Error);
      said.push(JSON.stringify([toFailure(error), error]), inspect(error, { depth: null }));
    }
    const again = await runCli([...args, "--json"], env, `${text}\n${form}`);
    expect(again.code, form).not.toBe(0);
    said.push(outputOf(again));
    stage.localnet.cluster.airdrop(pair.address as Address, lamports(3_000_000_000n));
    addresses.push(pair.address);
  }
  return addresses;
}

/** Adds a webhook whose receiver does not answer. Its deliveries fail, and the log contains the reason. */
async function plantWebhook({ stage, env, planted }: Site): Promise<void> {
  const context = { journal: stage.context.journal, config: readConfig(env) };
  const { webhook, secret } = await addWebhook(context, {
    userId: "planted",
    url: "http://127.0.0.1:1/hook",
  });
  const next = await rotateWebhookSecret(context, webhook.id);
  for (const [name, text] of Object.entries({ "a webhook's secret": secret, "its next secret": next })) {
    planted.set(name, text);
    planted.set(`${name}, its bytes`, Buffer.from(text.slice("whsec_".length), "base64"));
  }
}

const outputOf = ({ stdout, stderr }: Run): string => `${stdout}\n${stderr}`;

/** Runs commands that print the configuration, and commands that fail because of it. */
async function askEverything({ env }: Site, jobId: string, said: string[]): Promise<void> {
  const dead = { ...env, CTO_HOME: `${env.CTO_HOME}/nowhere` };
  const password = "sesame-planted-in-a-dead-url";
  const commands: [string[], Record<string, string>][] = [
    [["doctor"], env],
    [["keys", "status"], env],
    [["keys", "rotate"], env],
    [["wallets", "list", "planted", "--json"], env],
    [["audit", "list", "--json", "--limit", "1000"], env],
    [["receipt", jobId, "--json"], env],
    [["status", jobId, "--json"], env],
    [["detect", "So11111111111111111111111111111111111111112"], env],
    [["status"], { ...dead, DATABASE_URL: `postgres://me:${password}@127.0.0.1:1/db`, MONGODB_URI: "" }],
    [["status"], { ...dead, REDIS_URL: `redis://:${password}@127.0.0.1:1` }],
    [
      ["status"],
      { ...dead, MONGODB_URI: `mongodb://me:${password}@127.0.0.1:1/db?serverSelectionTimeoutMS=300` },
    ],
    [["status"], { ...dead, MONGODB_URI: `mongodb://me:${password}@127.0.0.1:notaport/db` }],
    [["status"], { ...dead, ENCRYPTION_SECRET: password.slice(0, 12) }],
    [["status"], { ...dead, DATABASE_URL: `nothing://${password}` }],
  ];
  for (const [args, given] of commands)
    said.push(`$ cto ${args.join(" ")}`, outputOf(await runCli(args, given)));
  expect(said.join("\n").includes(password.slice(0, 12))).toBe(false);
}

type Listening = {
  readonly base: string;
  readonly apiKey: string;
  readonly jobId: string;
  readonly privateKey: string;
};

/** Collects all events of an operation over Socket.IO, and the answers to a wrong key and to keys in messages. */
async function listen({ base, apiKey, jobId, privateKey }: Listening, said: string[]): Promise<void> {
  const open = (key: string) => {
    const socket = io(base, {
      auth: { key },
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
    });
    closers.push(async () => socket.disconnect());
    return socket;
  };
  const refused = open(otherThan(apiKey));
  said.push(
    await new Promise<string>((resolve, reject) => {
      refused.on("connect", () => reject(new Error("a wrong key was let in")));
      refused.on("connect_error", (error) => resolve(inspect(error, { depth: null })));
    }),
  );
  const socket = open(apiKey);
  const ended = new Promise<void>((resolve) => {
    socket.onAny((name: string, event: unknown) => {
      said.push(`${name} ${JSON.stringify(event)}`);
      if (name === "cto:result") resolve();
    });
  });
  for (const wrong of [{ operationId: privateKey }, { operationId: jobId, key: privateKey, after: -1 }]) {
    const answer = await socket.emitWithAck("subscribe", wrong);
    expect(answer).toMatchObject({ ok: false });
    said.push(JSON.stringify(answer));
  }
  expect(await socket.emitWithAck("subscribe", { operationId: jobId })).toMatchObject({ ok: true });
  await ended;
  const stream = await fetch(`${base}/v1/operations/${jobId}/events`, {
    headers: { authorization: `Bearer ${apiKey}`, accept: "text/event-stream" },
  });
  said.push(await stream.text());
}

/** Returns a key that differs in its last character. */
const otherThan = (key: string): string => `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;

/** Calls the API with right and wrong keys, and with a key in a body. */
async function askApi(site: Site, server: RunningCli, jobId: string, said: string[]): Promise<void> {
  const { env, planted } = site;
  await server.says("HTTP ");
  const context = await openContext(readConfig(env));
  closers.push(() => context.close());
  const { secret: apiKey } = await createApiKey(context, { name: "planted", scopes: ["admin"] });
  const base = `http://127.0.0.1:${env.CTO_HTTP_PORT}`;
  const pair = generateKeypair();
  planted.set("the API key", apiKey);
  planted.set("the key in a request", Uint8Array.from(pair.seed));
  const privateKey = base58(secretKeyOf(pair));
  const ask = async (method: string, path: string, key: string, body?: object): Promise<number> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    said.push(`${method} ${path} ${answer.status}`, await answer.text());
    return answer.status;
  };
  expect(await ask("GET", "/v1/me", apiKey)).toBe(200);
  expect(await ask("GET", `/v1/operations/${jobId}`, apiKey)).toBe(200);
  expect(await ask("GET", "/v1/me", otherThan(apiKey))).toBe(401);
  for (const path of [`/v1/operations/${jobId}/events`, `/r/${jobId}.json`, "/readyz", "/metrics"])
    await ask("GET", path, apiKey);
  for (const path of ["/v1/users", "/v1/users/planted/wallets", "/v1/api-keys", "/v1/queue"])
    await ask("GET", path, apiKey);
  const body = { privateKey, role: "buyer" };
  expect(await ask("POST", "/v1/users/planted/wallets/import", apiKey, body)).toBe(201);
  expect(await ask("POST", "/v1/users/planted/wallets/import", apiKey, body)).toBe(409);
  expect(await ask("POST", "/v1/users/alice/wallets/import", apiKey, body)).toBe(409);
  expect(await ask("POST", "/v1/users/planted/wallets/import", apiKey, { ...body, role: "thief" })).toBe(400);
  expect(await ask("POST", "/v1/operations", apiKey, { privateKey, userId: "planted" })).toBe(400);
  await listen({ base, apiKey, jobId, privateKey }, said);
  const session = await fetch(`${base}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: base, "x-cto-requested-with": "dashboard" },
    body: JSON.stringify({ key: apiKey }),
  });
  said.push(`POST /v1/session ${session.status}`, await session.text());
  const token = /cto_session=([^;]+)/.exec(session.headers.get("set-cookie") ?? "")?.[1];
  if (token === undefined) expect.fail("no session was begun");
  planted.set("the session's token", token);
}

describe.each(JOURNALS)("with the journal on %s, every place that holds a secret", (name, options) => {
  it(
    "keeps it: none is in logs, database, Redis, events, sockets, receipts, answers or errors",
    async () => {
      const site = await openSite(options);
      const { stage, env, redis, planted } = site;
      const said: string[] = [];
      await stage.context.journal.addUser({ id: "planted" });
      const addresses = await importEveryForm(site, said);

      await plantWebhook(site);
      const worker: WorkerProcess = await startWorkerProcess(env, (text) => said.push(text));
      closers.push(() => worker.kill("SIGKILL"));
      const context = await openContext(readConfig(env));
      closers.push(() => context.close());
      // The endpoint that does not answer cannot prove that it is the localnet's. Limits are therefore
      // required; we set unlimited ones.
      const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
      await context.journal.writeLimits(null, none);
      const job = buildJob({ userId: "planted", tokenAddress: stage.mint, buyAmount: 1 });
      const good = await enqueue(context, job, 0, {});
      const landed = await stage.ended(good.jobId);
      const isLanded = (status: string) => status === "confirmed" || status === "finalized";
      const legs = landed.result.legs.map(({ status, failure }) =>
        isLanded(status) ? "landed" : (failure ?? status),
      );
      expect(legs).toEqual(addresses.map(() => "landed"));
      // The keys of the stage's own user use a secret that is not configured here. Its operation fails with
      // that reason.
      const bad = await enqueue(context, { ...job, userId: stage.userId }, 0, {});
      const failed = await stage.ended(bad.jobId);
      expect(failed.result.legs[0]?.failure?.code).toBe("CTO_E_WALLET_SECRET_WRONG");
      for (const { jobId } of [good, bad]) {
        said.push(JSON.stringify(await stage.ended(jobId)));
        said.push(
          inspect(await context.journal.readEvents(jobId, 0, 1_000), { depth: null, maxArrayLength: null }),
        );
        said.push(inspect(await context.journal.readSteps(jobId), { depth: null, maxArrayLength: null }));
      }
      const server = startCli(["serve"], env);
      closers.push(async () => {
        server.signal("SIGKILL");
        await server.ended;
      });
      await askApi(site, server, good.jobId, said);
      await askEverything(site, good.jobId, said);
      server.signal("SIGTERM");
      said.push(outputOf(await server.ended));
      await worker.kill("SIGTERM");

      const stores: Record<string, string> = {
        PostgreSQL: await dumpPostgres(env.DATABASE_URL ?? ""),
        ...(redis === null ? {} : { Redis: await dumpRedis(env.REDIS_URL ?? "") }),
        ...(name === "MongoDB" ? { MongoDB: await dumpMongo(env.MONGODB_URI ?? "") } : {}),
        "what was said": said.join("\n"),
      };
      // The search covers the right content: each store contains what it must contain.
      expect(stores["what was said"]).toContain("operation ended");
      expect(stores["what was said"]).toContain('cto:leg {"');
      for (const address of addresses) expect(stores["what was said"]).toContain(address);
      expect(stores[name]).toContain(good.jobId);
      expect(stores[name]).toContain("cto-box:2:");
      if (redis !== null) expect(stores.Redis).toContain(good.jobId);
      expect(planted.size).toBeGreaterThanOrEqual(22);
      expect(stores[name]).toContain("ECONNREFUSED");
      const leaks = Object.entries(stores).flatMap(([store, text]) =>
        findLeaks(text, planted).map((leak) => `${store} has ${leak}`),
      );
      expect(leaks).toEqual([]);

      // The same search finds a key that we write unsealed to the database.
      const [address = ""] = addresses;
      const wallet = await context.journal.findWallet(address as Address);
      if (wallet === null) expect.fail("a wallet");
      const { sealedKey } = await context.journal.readSealedKey(wallet.id);
      const clear = base58(planted.get("the key imported as base58") as Uint8Array);
      await context.journal.replaceSealedKey(wallet.id, sealedKey, clear);
      const dump =
        name === "MongoDB"
          ? await dumpMongo(env.MONGODB_URI ?? "")
          : await dumpPostgres(env.DATABASE_URL ?? "");
      expect(findLeaks(dump, planted)).toEqual(["the key imported as base58: base58"]);
    },
    WHOLE_RUN_MS,
  );
});
