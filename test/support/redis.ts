/** Provides Redis for tests: REDIS_URL if it is set, else a server that this run starts on a free port, else none. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

declare module "vitest" {
  interface ProvidedContext {
    testRedisUrl: string | null;
  }
}

export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** Kills the server without a shutdown, as when a machine fails. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

export const hasRedisServer = (): boolean => spawnSync("redis-server", ["--version"]).status === 0;

/** Starts a separate server on a free port, without persistence. Returns null if there is no redis-server. */
export async function startRedisServer(more: readonly string[] = []): Promise<RedisServer | null> {
  if (!hasRedisServer()) return null;
  const directory = await mkdtemp(join(tmpdir(), "cto-redis-"));
  const port = await freePort();
  const options = [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    directory,
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const server = spawn("redis-server", [...options, "--maxmemory-policy", "noeviction", ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
    server.stdout.on("data", (chunk: Buffer) => chunk.includes("Ready to accept connections") && resolve());
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => end("SIGKILL"),
    async stop() {
      await end("SIGTERM");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Starts a sentinel that watches a primary and decides alone (quorum 1).
 * @param downAfterMs after this silence the primary counts as down
 */
export async function startSentinel(
  name: string,
  primary: RedisServer,
  downAfterMs: number,
  more: readonly string[] = [],
): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "cto-sentinel-"));
  const port = await freePort();
  const file = join(directory, "sentinel.conf");
  await writeFile(
    file,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${directory}`,
      `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
      `sentinel failover-timeout ${name} 5000`,
      ...more,
    ].join("\n"),
  );
  const sentinel = spawn("redis-server", [file, "--sentinel"], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    sentinel.once("exit", (code) => reject(new Error(`the sentinel ended with ${code}`)));
    sentinel.stdout.on("data", (chunk: Buffer) => chunk.includes("+monitor") && resolve());
  });
  const stop = async (): Promise<void> => {
    const exited = once(sentinel, "exit");
    sentinel.kill("SIGKILL");
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, port, kill: stop, stop };
}

/** Finds or starts the run's Redis. If there is none, prints one line, and the URL is null. */
export async function startTestRedis(): Promise<{ url: string | null; stop(): Promise<void> }> {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined };
  const server = await startRedisServer();
  if (server !== null) return server;
  console.error("Redis tests are skipped: REDIS_URL is unset and redis-server is not on the PATH.");
  return { url: null, stop: async () => undefined };
}
