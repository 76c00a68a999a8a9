/** Tests that a process refuses at its start a Redis that may evict jobs, with advice on how to fix it. */
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { runCli, temporaryHome } from "../cli/run-cli.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis.ts";

let redis: RedisServer | null = null;

afterEach(async () => {
  await redis?.stop();
  redis = null;
});

describe.runIf(hasRedisServer())("a Redis that evicts", () => {
  it.each(["allkeys-lru", "volatile-ttl"])(
    "with %s is refused by the worker, with the remedy",
    async (policy) => {
      redis = await startRedisServer();
      const url = redis?.url ?? expect.fail();
      const client = new Redis(url);
      await client.config("SET", "maxmemory-policy", policy);
      client.disconnect();
      const { home, remove } = await temporaryHome();
      try {
        const { code, stdout, stderr } = await runCli(["worker", "--json"], {
          CTO_HOME: home,
          REDIS_URL: url,
        });
        expect(code).toBe(1);
        expect(`${stdout}${stderr}`).toContain("CTO_E_CONFIG_REDIS_EVICTS");
        expect(`${stdout}${stderr}`).toContain(policy);
        expect(`${stdout}${stderr}`).toContain("Set `maxmemory-policy noeviction`");
      } finally {
        await remove();
      }
    },
  );
});
