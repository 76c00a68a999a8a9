/**
 * Tests a Redis failover in which the old primary keeps its connections: writes go to the new primary, and health
 * checks report it.
 */
import { Redis } from "ioredis";
import { afterEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/runtime/context.ts";
import { checkDependencies } from "../../src/services/health.ts";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { type Wire, wireTo } from "../support/wire.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(): Promise<RedisServer> {
  const server = (await startRedisServer()) ?? expect.fail("no redis-server");
  closing.push(() => server.stop());
  return server;
}

const follow = async (url: string, primary: string | null): Promise<void> => {
  const redis = new Redis(url);
  const { hostname, port } = new URL(primary ?? url);
  await (primary === null ? redis.replicaof("NO", "ONE") : redis.replicaof(hostname, Number(port)));
  redis.disconnect();
};

/** The name now resolves to the new primary. The old primary becomes its replica, and closes no connection. */
async function failOver(wire: Wire, old: RedisServer, next: RedisServer): Promise<void> {
  await follow(next.url, null);
  await follow(old.url, next.url);
  wire.redirect(next.url);
}

const jobOf = (stage: Stage) => buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.02 });

it.runIf(hasRedisServer())("operations are accepted and carried out after it, each leg once", async () => {
  const [one, two] = [await startServer(), await startServer()];
  await follow(two.url, one.url);
  const wire = await wireTo(one.url);
  closing.push(() => wire.close());
  const stage = await openStage({ redisUrl: wire.url });
  closing.push(() => stage.close());
  const worker = await createCTOWorker({ context: stage.context });
  closing.push(() => worker.close());
  const before = await enqueue(stage.context, jobOf(stage), 0, {});
  expect(await stage.ended(before.jobId)).toMatchObject({ status: "completed" });
  await failOver(wire, one, two);
  for (let count = 0; count < 3; count += 1) {
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: stage.buyers.length } });
  }
  await expect.poll(() => checkDependencies(stage.context)).toMatchObject({ queue: { ok: true } });
});

it.runIf(hasRedisServer())("a replica is refused at start, with the remedy", async () => {
  const [one, two] = [await startServer(), await startServer()];
  await follow(two.url, one.url);
  const stage = await openStage({});
  closing.push(() => stage.close());
  const config = readConfig({ ...stage.env, REDIS_URL: two.url });
  await expect(openContext(config)).rejects.toMatchObject({
    code: "CTO_E_QUEUE_UNAVAILABLE",
    message: expect.stringContaining("read-only replica"),
  });
  const outside = readConfig({ ...stage.env, REDIS_URL: `${one.url}/99` });
  await expect(openContext(outside)).rejects.toMatchObject({
    message: expect.stringContaining("out of range"),
  });
  const locked = new Redis(one.url);
  await locked.config("SET", "requirepass", "secret-of-the-test");
  locked.disconnect();
  const wrong = readConfig({ ...stage.env, REDIS_URL: one.url.replace("//", "//:wrong-one@") });
  await expect(openContext(wrong)).rejects.toMatchObject({ message: expect.stringContaining("WRONGPASS") });
});

it.runIf(hasRedisServer())("health is red while the queue takes no writes", async () => {
  const [one, two] = [await startServer(), await startServer()];
  const wire = await wireTo(one.url);
  closing.push(() => wire.close());
  const stage = await openStage({ redisUrl: wire.url });
  closing.push(() => stage.close());
  await expect.poll(() => checkDependencies(stage.context)).toMatchObject({ queue: { ok: true } });
  await follow(one.url, two.url);
  await expect
    .poll(() => checkDependencies(stage.context))
    .toMatchObject({ journal: { ok: true }, queue: { ok: false, error: "CTO_E_QUEUE_UNAVAILABLE" } });
  await follow(one.url, null);
  await expect.poll(() => checkDependencies(stage.context)).toMatchObject({ queue: { ok: true } });
});
