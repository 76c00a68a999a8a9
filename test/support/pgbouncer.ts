/** Runs a PgBouncer in front of a database, for tests. The program is Debian's package `pgbouncer`. */
import { spawn, spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export type PoolMode = "session" | "transaction" | "statement";

export type PgBouncer = { readonly url: string; stop(): Promise<void> };

const PROGRAM = ["pgbouncer", "/usr/sbin/pgbouncer"].find((path) => spawnSync(path, ["-V"]).status === 0);

export const hasPgBouncer = (): boolean => PROGRAM !== undefined;

const settingsOf = (databaseUrl: string, port: number, mode: PoolMode, more: readonly string[]): string => {
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl);
  const login = `user=${decodeURIComponent(username)} password='${decodeURIComponent(password)}'`;
  return [
    "[databases]",
    `pooled = host=${hostname} port=${serverPort || 5432} dbname=${pathname.slice(1)} ${login}`,
    "[pgbouncer]",
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_type = any\npool_mode = ${mode}`,
    ...more,
  ].join("\n");
};

/** @param more further lines of its settings */
export async function startPgBouncer(
  databaseUrl: string,
  mode: PoolMode,
  more: readonly string[] = [],
): Promise<PgBouncer> {
  if (PROGRAM === undefined) throw new Error("no pgbouncer");
  const folder = await mkdtemp(join(tmpdir(), "cto-pgbouncer-"));
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  await writeFile(file, settingsOf(databaseUrl, port, mode, more));
  // It refuses to run as root, and reads its settings as the other user.
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await Promise.all([chmod(folder, 0o755), chmod(file, 0o644)]);
  const child = spawn(PROGRAM, [...(asRoot ? ["-u", "nobody"] : []), file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
      if (said.includes("process up")) resolve();
    });
    child.once("exit", () => reject(new Error(`pgbouncer ended: ${said}`)));
  });
  return {
    url: `postgres://anybody:nothing@127.0.0.1:${port}/pooled`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
