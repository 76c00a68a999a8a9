/**
 * Tests that a Redis which is flushed while operations are queued loses no operation, and that no wallet buys twice.
 */
import { Redis } from "ioredis";
import { afterEach, expect, it } from "vitest";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { type RedisServer, startRedisServer } from "../support/redis.ts";
import { openStage, type Stage } from "../support/stage.ts";

const OPERATIONS = 20;
const LEGS = 2;

const redis: RedisServer | null = await startRedisServer();
if (redis === null) console.error("The FLUSHALL test is skipped: redis-server is not on the PATH.");

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  await redis?.stop();
});

it.skipIf(redis === null)("no operation is lost or bought twice when Redis loses all its data", async () => {
  if (redis === null) return;
  stage = await openStage({ redisUrl: redis.url, buyers: LEGS });
  const { context, mint, userId, localnet, ended } = stage;
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.02, mode: "standard" });
  const ids: string[] = [];
  for (let made = 0; made < OPERATIONS; made += 1) {
    const { jobId } = await enqueue(context, job, 0, {});
    ids.push(jobId);
  }
  worker = await createCTOWorker({ context, takeoverMs: 3_000, sweepMs: 500 });
  const open = async () =>
    (await context.journal.listOperations({ statuses: ["waiting", "active"], limit: OPERATIONS })).length;
  await expect.poll(open, { interval: 20 }).toBeLessThanOrEqual(OPERATIONS - 3);
  const client = new Redis(redis.url);
  expect(await open()).toBeGreaterThan(OPERATIONS / 2);
  await client.flushall();
  client.disconnect();

  for (const id of ids) {
    const { status, result } = await ended(id);
    expect(status).toBe("completed");
    expect(result.landed).toBe(LEGS);
    expect([...landings(localnet.cluster, id).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
  }
});
