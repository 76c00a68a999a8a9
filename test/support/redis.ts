/** Redis for tests: REDIS_URL, else a server of the run's own on a free port, else none. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

declare module "vitest" {
  interface ProvidedContext {
    testRedisUrl: string | null;
  }
}

export type RedisServer = { readonly url: string; stop(): Promise<void> };

export const hasRedisServer = (): boolean => spawnSync("redis-server", ["--version"]).status === 0;

/** A server of the caller's own on a free port, without persistence; null where there is no redis-server. */
export async function startRedisServer(): Promise<RedisServer | null> {
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
  const server = spawn("redis-server", [...options, "--maxmemory-policy", "noeviction"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
    server.stdout.on("data", (chunk: Buffer) => chunk.includes("Ready to accept connections") && resolve());
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts it. The URL is null, said in one line, where no Redis can be had. */
export async function startTestRedis(): Promise<{ url: string | null; stop(): Promise<void> }> {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined };
  const server = await startRedisServer();
  if (server !== null) return server;
  console.error("Redis tests are skipped: REDIS_URL is unset and redis-server is not on the PATH.");
  return { url: null, stop: async () => undefined };
}
