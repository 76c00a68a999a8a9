/** Prepares a Vitest run: starts one PostgreSQL, one Redis and one MongoDB server for all test files. */
import type { TestProject } from "vitest/node";
import { removeBundles } from "./bundle.ts";
import { startTestMongo } from "./mongo.ts";
import { startTestPostgres } from "./postgres.ts";
import { startTestRedis } from "./redis.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [{ postgres, stop: stopPostgres }, { url, stop: stopRedis }, { mongo, stop: stopMongo }] =
    await Promise.all([startTestPostgres(), startTestRedis(), startTestMongo()]);
  const bundles = `tests-${process.pid}`;
  project.provide("bundles", bundles);
  project.provide("testPostgres", postgres);
  project.provide("testRedisUrl", url);
  project.provide("testMongo", mongo);
  return async () => {
    await Promise.all([stopPostgres(), stopRedis(), stopMongo(), removeBundles(bundles)]);
  };
}
