/** Vitest's global set-up: one PostgreSQL and one Redis server for the whole run. */
import type { TestProject } from "vitest/node";
import { startTestPostgres } from "./postgres.ts";
import { startTestRedis } from "./redis.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [{ postgres, stop: stopPostgres }, { url, stop: stopRedis }] = await Promise.all([
    startTestPostgres(),
    startTestRedis(),
  ]);
  project.provide("testPostgres", postgres);
  project.provide("testRedisUrl", url);
  return async () => {
    await Promise.all([stopPostgres(), stopRedis()]);
  };
}
