/** Tests that a worker and its context close, and the process may end, while Redis refuses writes or is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis.ts";
import { openStage } from "../support/stage.ts";

/** Longer than the 5 s that a worker grants to calls to the chain. */
const CLOSES_MS = 10_000;

/** A command that has its own way to end: the server would refuse or never answer it. */
const onServer = async (server: RedisServer, act: (redis: Redis) => Promise<unknown>): Promise<void> => {
  const redis = new Redis(server.url);
  redis.on("error", () => undefined);
  await act(redis).catch(() => undefined);
  redis.disconnect();
};

const FAULTS: { readonly fault: string; apply(server: RedisServer): Promise<void> }[] = [
  {
    fault: "is a replica, its connections kept",
    apply: (server) => onServer(server, (redis) => redis.replicaof("127.0.0.1", 1)),
  },
  { fault: "is gone", apply: (server) => server.stop() },
];

it.runIf(hasRedisServer()).each(FAULTS)("a worker whose Redis $fault closes", async ({ apply }) => {
  const server = (await startRedisServer()) ?? expect.fail("no redis-server");
  const stage = await openStage({ redisUrl: server.url });
  const worker = await createCTOWorker({ context: stage.context });
  const job = buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.02 });
  const { jobId } = await enqueue(stage.context, job, 0, {});
  await apply(server);
  // The journal carries the operation to its end without the queue.
  expect(await stage.ended(jobId)).toMatchObject({ status: "completed" });
  const late = sleep(CLOSES_MS, "it still waits", { ref: false });
  expect(await Promise.race([worker.close().then(() => "closed"), late])).toBe("closed");
  expect(await Promise.race([stage.close().then(() => "closed"), late])).toBe("closed");
  await server.stop();
});
