/** Tests what `cto doctor` says of databases that answer and refuse writes, and of a wrong path of Jupiter. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCluster } from "../../src/cli/doctor/cluster.ts";
import { checkStorage } from "../../src/cli/doctor/storage.ts";
import { readConfig } from "../../src/config.ts";
import { openQueue } from "../../src/queue/queues.ts";
import { freePort } from "../support/free-port.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { hasRedisServer, startRedisServer } from "../support/redis.ts";
import { temporaryHome } from "./run-cli.ts";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let database: TestDatabase;
let port: number;
beforeAll(async () => {
  [home, database, port] = await Promise.all([temporaryHome(), testDatabase(), freePort()]);
});
afterAll(async () => {
  await database.drop();
  await home.remove();
});

const configOf = (more: Readonly<Record<string, string>> = {}) =>
  readConfig({
    CTO_HOME: home.home,
    CTO_LOG: "silent",
    CTO_HTTP_PORT: String(port),
    DATABASE_URL: database.connectionString,
    ...more,
  });

/** Returns the checks of the journal and the queue. */
const storage = async (more?: Readonly<Record<string, string>>) =>
  Object.fromEntries((await checkStorage(configOf(more))).map(({ name, ...check }) => [name, check]));

const onDatabase = async (sql: string): Promise<void> => {
  const client = new Client({
    connectionString: database.connectionString,
    options: "-c default_transaction_read_only=off",
  });
  await client.connect();
  await client.query(sql);
  await client.end();
};

describe("cto doctor", () => {
  it("finds a PostgreSQL broken that reads and does not write", async () => {
    expect(await storage()).toMatchObject({ journal: { state: "ok" }, queue: { state: "ok" } });
    const name = new URL(database.connectionString).pathname.slice(1);
    await onDatabase(`alter database ${name} set default_transaction_read_only = on`);
    // The queue is in the same database, and fails first. What was asked of the journal must not hang on that.
    const { journal, queue } = await storage();
    await onDatabase(`alter database ${name} reset default_transaction_read_only`);
    expect(queue).toMatchObject({ state: "broken", detail: expect.stringContaining("read-only") });
    expect(journal).toMatchObject({ state: "broken", detail: expect.stringContaining("read-only") });
    expect(await storage()).toMatchObject({ journal: { state: "ok" } });
  });

  it("finds a PostgreSQL broken that calls itself writable, and whose disk is full", async () => {
    await storage(); // The first opening creates the tables.
    const full = async (table: string) => {
      await onDatabase(
        `create trigger no_space before insert or update on ${table} execute function no_space()`,
      );
      const found = await storage();
      await onDatabase(`drop trigger no_space on ${table}`);
      return found;
    };
    await onDatabase(
      "create function no_space() returns trigger language plpgsql as $$ begin raise 'no space left' using errcode = '53100'; end $$",
    );
    const broken = { state: "broken", detail: expect.stringContaining("no space left") };
    expect(await full("cto.cache")).toMatchObject({ journal: broken });
    // At its opening a process claims the queue again. So we look at the probe itself as well.
    const queue = await openQueue({ kind: "postgres", connectionString: database.connectionString });
    await queue.check();
    await onDatabase(
      "create trigger no_space before update on bullmq.cto_journal execute function no_space()",
    );
    await expect(queue.check()).rejects.toMatchObject({ code: "CTO_E_QUEUE_UNAVAILABLE" });
    expect(await storage()).toMatchObject({ journal: { state: "ok" }, queue: broken });
    await queue.close();
    await onDatabase("drop trigger no_space on bullmq.cto_journal");
    expect(await storage()).toMatchObject({ journal: { state: "ok" }, queue: { state: "ok" } });
  });

  it.runIf(hasRedisServer())("finds a Redis broken that is a read-only replica", async () => {
    const [primary, replica] = await Promise.all([startRedisServer(), startRedisServer()]);
    if (primary === null || replica === null) expect.fail("no redis-server");
    const REDIS_URL = replica.url;
    expect(await storage({ REDIS_URL })).toMatchObject({ queue: { state: "ok" } });
    const { Redis } = await import("ioredis");
    const redis = new Redis(replica.url);
    await redis.replicaof("127.0.0.1", primary.port);
    const found = await storage({ REDIS_URL });
    redis.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
    expect(found).toMatchObject({
      journal: { state: "ok" },
      queue: { state: "broken", detail: expect.stringContaining("read-only replica") },
    });
  });

  it("tells a wrong path of Jupiter, a refused key and an outage from an API that works", async () => {
    const status: Record<string, number> = { missing: 404, key: 401, down: 502, works: 400 };
    const server = createServer(({ url = "" }, response) =>
      response.writeHead(status[url.split("/")[1] ?? ""] ?? 500).end(),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port: at } = server.address() as AddressInfo;
    const look = async (path: string) => {
      const config = configOf({
        SOLANA_RPC_URL: "http://127.0.0.1:1",
        JUPITER_URL: `http://127.0.0.1:${at}/${path}`,
        ENCRYPTION_SECRET: "a long enough sentence for a test",
      });
      return (await checkCluster(config)).find(({ name }) => name === "jupiter");
    };
    const found = await Promise.all(["missing", "key", "down", "works"].map(look));
    server.close();
    expect(found.map((check) => check?.state)).toEqual(["broken", "broken", "weak", "ok"]);
    expect(found[0]?.detail).toContain("no swap API at the path of JUPITER_URL");
  });
});
