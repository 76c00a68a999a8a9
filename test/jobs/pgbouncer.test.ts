/**
 * Tests PostgreSQL behind PgBouncer: the journal works through it, the queue does not and is refused. Skipped without the
 * program (Debian: `pgbouncer`).
 */
import { afterEach, describe, expect, it } from "vitest";
import { hasOwnSession } from "../../src/base/own-session.ts";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/runtime/context.ts";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { runCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { hasPgBouncer, type PoolMode, startPgBouncer } from "../support/pgbouncer.ts";
import { testDatabase } from "../support/postgres.ts";
import { hasRedisServer, startRedisServer } from "../support/redis.ts";
import { openStage } from "../support/stage.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** More than one process of the system opens. */
const SIZE = "default_pool_size = 40";

async function pooled(mode: PoolMode, ...more: string[]): Promise<string> {
  const database = await testDatabase();
  closing.push(() => database.drop());
  const bouncer = await startPgBouncer(database.connectionString, mode, [SIZE, ...more]);
  closing.push(() => bouncer.stop());
  return bouncer.url;
}

it("a direct connection has a session of its own", async () => {
  const database = await testDatabase();
  closing.push(() => database.drop());
  expect(await hasOwnSession(database.connectionString)).toBe(true);
});

describe.runIf(hasPgBouncer())("PgBouncer", () => {
  it.each<[PoolMode, string, boolean]>([
    ["session", "server_round_robin = 0", true],
    ["transaction", "server_round_robin = 0", false],
    ["transaction", "server_round_robin = 1", false],
    ["statement", "server_round_robin = 0", false],
  ])("in %s mode, %s: a session of its own is %s", async (mode, order, own) => {
    const url = await pooled(mode, order);
    // A pool in use has several connections to choose from.
    await Promise.all([hasOwnSession(url), hasOwnSession(url)]);
    expect(await hasOwnSession(url)).toBe(own);
  });

  it.each<[PoolMode, string, string]>([
    ["session", "", "refuses the startup parameter"],
    ["session", "ignore_startup_parameters = options", "drops the startup parameter"],
    ["transaction", "", "refuses the startup parameter"],
  ])("in %s mode (%s) the queue on PostgreSQL is refused at the start", async (mode, more, why) => {
    const stage = await openStage({ buyers: 1 });
    closing.push(() => stage.close());
    const env = { ...stage.env, DATABASE_URL: await pooled(mode, more) };
    await expect(openContext(readConfig(env))).rejects.toMatchObject({
      code: "CTO_E_QUEUE_UNAVAILABLE",
      message: expect.stringContaining(why),
    });
  });

  it.runIf(hasRedisServer()).each<[PoolMode, string | undefined]>([
    ["session", undefined],
    ["transaction", "weak"],
  ])(
    "in %s mode, with the queue on Redis, operations complete; doctor says %s",
    async (mode, state) => {
      const redis = (await startRedisServer()) ?? expect.fail("no redis-server");
      closing.push(() => redis.stop());
      const stage = await openStage({ buyers: 2, databaseUrl: await pooled(mode), redisUrl: redis.url });
      closing.push(() => stage.close());
      const worker = await createCTOWorker({ context: stage.context });
      closing.push(() => worker.close());
      const { userId, mint: tokenAddress } = stage;
      const job = buildJob({ userId, tokenAddress, buyAmount: 0.1 });
      const ids = await Promise.all([1, 2, 3].map(() => enqueue(stage.context, job, 0, {})));
      for (const { jobId } of ids)
        expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 2 } });
      const { stdout } = await runCli(["doctor", "--json"], stage.env);
      const found: { name: string; state: string }[] = JSON.parse(stdout).checks;
      expect(found.find(({ name }) => name === "pooler")?.state).toBe(state);
    },
    120_000,
  );
});
