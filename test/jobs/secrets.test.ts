import { randomBytes } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { Redis } from "ioredis";
import pg from "pg";
import { afterEach, expect, inject, it } from "vitest";
import { toFailure } from "../../src/errors/index.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import { importWallet } from "../../src/jobs/wallets.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

let stage: Stage | undefined;
let worker: WorkerProcess | undefined;

afterEach(async () => {
  await worker?.kill("SIGKILL");
  await stage?.close();
});

/** Every form in which a key may leak. */
const formsOf = (key: Uint8Array): string[] => {
  const bytes = Buffer.from(key);
  return [
    getBase58Decoder().decode(key),
    bytes.toString("hex"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    JSON.stringify([...key]).slice(1, -1),
  ];
};

async function dumpDatabase(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('cto', 'bullmq')",
    );
    const dumps = [];
    for (const { name } of tables.rows) {
      dumps.push(JSON.stringify((await client.query(`select t::text from ${name} t`)).rows));
    }
    expect(tables.rows.length).toBeGreaterThan(8);
    return dumps.join("\n");
  } finally {
    await client.end();
  }
}

async function dumpRedis(url: string, prefix: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThan(0);
    const values = await Promise.all(
      keys.map(async (key) => (await redis.dumpBuffer(key))?.toString("latin1")),
    );
    const jobs = await Promise.all(keys.map((key) => redis.hgetall(key).catch(() => ({}))));
    return [...keys, ...values, JSON.stringify(jobs)].join("\n");
  } finally {
    redis.disconnect();
  }
}

it("leaves no trace of a private key or a secret in logs, database, Redis, events or answers", async () => {
  const redisUrl = inject("testRedisUrl");
  stage = await openStage({ buyers: 1, ...(redisUrl === null ? {} : { redisUrl }) });
  const { config, context, userId, mint } = stage;
  const { seed, address } = generateKeypair();
  const key = Uint8Array.from(seed);
  const secret = randomBytes(24).toString("base64url");
  const secretConfig = { ...config, ENCRYPTION_SECRET: secret };
  await context.journal.addUser({ id: "planted" });
  await importWallet(
    { config: secretConfig, journal: context.journal },
    "planted",
    getBase58Decoder().decode(seed),
    {
      role: "buyer",
    },
  );
  await stage.localnet.cluster.airdrop(address, 5_000_000_000n as never);

  const outputs: string[] = [];
  worker = await startWorkerProcess({ ...stage.env, CTO_LOG: "trace", ENCRYPTION_SECRET: secret }, (text) =>
    outputs.push(text),
  );
  const job = {
    userId: "planted",
    userChatId: 1,
    tokenAddress: mint,
    buyAmount: 1,
    mode: "prefunded",
    platform: "auto",
  } as const;
  const good = await enqueue(context, job, 0, {});
  expect((await stage.ended(good.jobId)).status).toBe("completed");
  // The stage's own user has keys that are sealed with another secret: opening them fails, and the failure is told.
  const bad = await enqueue(context, { ...job, userId }, 0, {});
  const failed = await stage.ended(bad.jobId);
  expect(failed).toMatchObject({ status: "failed" });
  expect(failed.result.legs[0]?.failure?.code).toBe("CTO_E_WALLET_SECRET_WRONG");

  for (const { jobId } of [good, bad]) {
    outputs.push(JSON.stringify(await stage.ended(jobId)));
    outputs.push(
      JSON.stringify(await context.journal.readEvents(jobId, 0, 1_000), (_, value) =>
        typeof value === "bigint" ? `${value}` : value,
      ),
    );
  }
  const refusals = [secret, getBase58Decoder().decode(key), `[${[...key].join(",")}]x`].map((text) =>
    importWallet({ config: secretConfig, journal: context.journal }, "planted", `${text}0`, {
      role: "buyer",
    }).catch((error: unknown) => JSON.stringify([toFailure(error), String(error)])),
  );
  outputs.push(...(await Promise.all(refusals)).map(String));
  const databaseUrl = context.databaseUrl ?? expect.fail("the journal is on PostgreSQL");
  outputs.push(await dumpDatabase(databaseUrl));
  if (redisUrl !== null) outputs.push(await dumpRedis(redisUrl, config.CTO_REDIS_PREFIX));

  const everything = outputs.join("\n");
  expect(everything).toContain(address); // What was searched is what was meant.
  expect(everything).toContain("operation ended");
  const password = new URL(databaseUrl).password;
  for (const planted of [
    ...formsOf(key),
    secret,
    ...(password === "" ? [] : [decodeURIComponent(password)]),
  ]) {
    expect(everything.includes(planted), `a secret of ${planted.length} characters is in clear`).toBe(false);
  }
});
