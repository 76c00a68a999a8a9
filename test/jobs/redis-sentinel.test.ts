/**
 * Tests Redis behind sentinels: the primary dies in the middle of twenty operations. It also tests kinds of servers
 * that are refused, and encrypted connections.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { requireFitRedis } from "../../src/queue/servers.ts";
import { openContext } from "../../src/runtime/context.ts";
import { checkDependencies } from "../../src/services/health.ts";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { jsonOf, runCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { freePort } from "../support/free-port.ts";
import { hasRedisServer, type RedisServer, startRedisServer, startSentinel } from "../support/redis.ts";
import { openStage } from "../support/stage.ts";

const OPERATIONS = 20;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...options: string[]): Promise<RedisServer> {
  const server = (await startRedisServer(options)) ?? expect.fail("no redis-server");
  closing.push(() => server.stop());
  return server;
}

it.runIf(hasRedisServer())(
  "twenty operations complete once although the primary dies, and health is red while writes fail",
  { timeout: 240_000 },
  async () => {
    const primary = await start();
    const replica = await start();
    const redis = new Redis(replica.url);
    await redis.replicaof("127.0.0.1", primary.port);
    await expect
      .poll(() => redis.info("replication"), { timeout: 20_000 })
      .toContain("master_link_status:up");
    redis.disconnect();
    const sentinel = await startSentinel("one", primary, 4_000);
    closing.push(() => sentinel.stop());
    const stage = await openStage({
      buyers: 1,
      redisUrl: "redis://one",
      redisSentinels: `127.0.0.1:${sentinel.port}`,
    });
    closing.push(() => stage.close());
    // The sentinel reads the list of replicas from the primary every ten seconds.
    const asked = new Redis(sentinel.url);
    const replicas = () => asked.call("SENTINEL", "REPLICAS", "one") as Promise<unknown[]>;
    await expect.poll(async () => (await replicas()).length, { timeout: 30_000 }).toBe(1);
    asked.disconnect();
    const worker = await createCTOWorker({ context: stage.context, sweepMs: 1_000 });
    closing.push(() => worker.close());
    const { userId, mint: tokenAddress } = stage;
    const job = buildJob({ userId, tokenAddress, buyAmount: 0.01 });
    const ids: string[] = [];
    for (let count = 0; count < OPERATIONS; count += 1)
      ids.push((await enqueue(stage.context, job, 0, {})).jobId);
    await stage.ended(ids[2] ?? "");
    await primary.kill();
    const isWritable = async () => (await checkDependencies(stage.context)).queue.ok;
    await expect.poll(isWritable, { timeout: 20_000 }).toBe(false);
    await expect.poll(isWritable, { timeout: 60_000 }).toBe(true);
    for (const id of ids)
      expect(await stage.ended(id)).toMatchObject({ status: "completed", result: { landed: 1 } });
    const steps = await Promise.all(ids.map((id) => stage.context.journal.readSteps(id)));
    expect(steps.flat().filter(({ attempts }) => attempts.length !== 1)).toEqual([]);
  },
);

it.runIf(hasRedisServer())("a Redis Cluster is refused at the start, with what to use instead", async () => {
  const node = await start("--cluster-enabled", "yes");
  const stage = await openStage({ buyers: 1 });
  closing.push(() => stage.close());
  await expect(openContext(readConfig({ ...stage.env, REDIS_URL: node.url }))).rejects.toMatchObject({
    code: "CTO_E_QUEUE_UNAVAILABLE",
    message: expect.stringContaining("sentinels"),
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** Makes a certificate for this machine, which is its own authority, and the lines of Redis's settings with it. */
async function certificate(): Promise<{ cert: string; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "cto-tls-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const files = ["-keyout", key, "-out", cert];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...names]);
  expect(made.status).toBe(0);
  const lines = [
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${cert}`,
    "tls-auth-clients no",
  ];
  return { cert, lines };
}

const asOptions = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const [name = "", value = ""] = line.split(" ");
    return [`--${name}`, value];
  });

it.runIf(hasRedisServer() && hasOpenssl)(
  "an encrypted Redis is reached by rediss://, but not one with an untrusted certificate",
  { timeout: 90_000 },
  async () => {
    const { cert, lines } = await certificate();
    const port = String(await freePort());
    await start("--tls-port", port, ...asOptions(lines));
    const stage = await openStage({ buyers: 1 });
    closing.push(() => stage.close());
    const env = { ...stage.env, REDIS_URL: `rediss://localhost:${port}`, CTO_REDIS_PREFIX: "tls" };
    const queueOf = (checks: { name: string; state: string; detail: string }[]) =>
      checks.find(({ name }) => name === "queue");
    const good = (await jsonOf(["doctor"], { ...env, NODE_EXTRA_CA_CERTS: cert })) as { checks: [] };
    expect(queueOf(good.checks)).toMatchObject({ state: "ok" });
    const { stdout } = await runCli(["doctor", "--json"], env);
    expect(queueOf(JSON.parse(stdout).checks)).toMatchObject({
      state: "broken",
      detail: expect.stringContaining("certificate"),
    });
  },
);

it.runIf(hasRedisServer())("sentinels with a password of their own are asked with it", async () => {
  const primary = await start();
  const sentinel = await startSentinel("two", primary, 4_000, ["requirepass sesame-of-the-sentinels"]);
  closing.push(() => sentinel.stop());
  const place = (password: string | undefined) => ({
    url: "redis://two",
    sentinels: [`127.0.0.1:${sentinel.port}`],
    sentinelAccess: { username: undefined, password, isEncrypted: false },
  });
  await expect(requireFitRedis(place(undefined))).rejects.toMatchObject({ code: "CTO_E_QUEUE_UNAVAILABLE" });
  const refusal = String(await requireFitRedis(place("another-password")).catch((error) => error));
  expect(refusal).toContain("WRONGPASS");
  expect(refusal).not.toContain("another-password");
  await requireFitRedis(place("sesame-of-the-sentinels"));
});

it.runIf(hasRedisServer() && hasOpenssl)(
  "sentinels and their primary are reached by TLS alone, and each needs its own setting",
  { timeout: 120_000 },
  async () => {
    const { cert, lines } = await certificate();
    const [ofPrimary, ofSentinel] = [await freePort(), await freePort()];
    const primary = await start("--tls-port", String(ofPrimary), ...asOptions(lines));
    // It asks the primary by TLS, too, and names its encrypted port.
    const more = [...lines, `tls-port ${ofSentinel}`, "tls-replication yes"];
    const sentinel = await startSentinel("three", { ...primary, port: ofPrimary }, 4_000, more);
    closing.push(() => sentinel.stop());
    const stage = await openStage({ buyers: 1 });
    closing.push(() => stage.close());
    const env = {
      ...stage.env,
      REDIS_URL: "rediss://three",
      REDIS_SENTINELS: `localhost:${ofSentinel}`,
      REDIS_SENTINEL_TLS: "1",
      CTO_REDIS_PREFIX: "sentinel-tls",
      NODE_EXTRA_CA_CERTS: cert,
    };
    const queueOf = async (over: Record<string, string>) => {
      const { stdout } = await runCli(["doctor", "--json"], { ...env, ...over });
      const { checks }: { checks: { name: string; state: string }[] } = JSON.parse(stdout);
      return checks.find(({ name }) => name === "queue")?.state;
    };
    expect(await queueOf({})).toBe("ok");
    expect(await queueOf({ REDIS_SENTINEL_TLS: "0" })).toBe("broken");
    expect(await queueOf({ REDIS_URL: "redis://three" })).toBe("broken");
    expect(await queueOf({ NODE_EXTRA_CA_CERTS: "" })).toBe("broken");
  },
);
