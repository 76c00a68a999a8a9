/** Starts, adopts and stops the server of a data directory. Every function here is called under the lock. */
import { open, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { APP_ROLE, appPasswordOf, DATABASE } from "./app-role.ts";
import type { Binaries } from "./binaries.ts";
import { command, runProgram } from "./command.ts";
import { ROLE } from "./initialise.ts";
import type { Layout } from "./layout.ts";
import { isAlive, readPostmaster, removeIfStale } from "./postmaster.ts";
import { probe } from "./probe.ts";
import type { RunAs } from "./run-as.ts";

export type Server = {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly password: string;
};

/** A free port may be taken between asking for it and using it. */
const START_TRIES = 3;
/** What a killed server's children have not let go of yet; they do so by themselves. */
const STILL_HELD = "pre-existing shared memory block";
const WAIT_SECONDS = 60;
const POLL_MS = 100;

export const appUrlOf = ({ password }: Pick<Server, "password">, port: number): string =>
  `postgresql://${APP_ROLE}:${appPasswordOf(password)}@127.0.0.1:${port}/${DATABASE}`;

/** The superuser's. */
export const urlOf = ({ password }: Pick<Server, "password">, port: number, database: string): string =>
  `postgresql://${ROLE}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const listener = createServer().once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

/** The port of a server that runs already, perhaps left behind by a killed process; null when there is none. */
const adopt = async (server: Server): Promise<number | null> => {
  const { data } = server.layout;
  for (let waited = 0; waited < WAIT_SECONDS * 1000; waited += POLL_MS) {
    const found = await readPostmaster(data);
    if (found === null) return null;
    const state = await probe(urlOf(server, found.port, "postgres"));
    if (state === "ours") return found.port;
    if (state === "absent") {
      await removeIfStale(data, found);
      if (!isAlive(found.pid) || (await readPostmaster(data)) === null) return null;
    }
    await sleep(POLL_MS);
  }
  return null;
};

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Whether the log says so in what was added to it. */
const saysSince = async (file: string, from: number, text: string): Promise<boolean> =>
  (await readFile(file).catch(() => Buffer.alloc(0))).subarray(from).includes(text);

/**
 * Runs `pg_ctl start`, which gives the server a session of its own: neither Ctrl-C nor our death ends it.
 *
 * Without capabilities, the server may not pass the directories above its data. So it starts inside of it, and gets the
 * log as an open file. Both are links that the kernel follows without these directories.
 */
const startAt = async ({ layout, runAs, binaries }: Server, port: number): Promise<void> => {
  const rest = ["--wait", `--timeout=${WAIT_SECONDS}`, `--options=-p ${port}`];
  if (runAs.bare === null)
    return command(layout, runAs, binaries.pgCtl, [
      "start",
      `--pgdata=${layout.data}`,
      `--log=${layout.log}`,
      ...rest,
    ]);
  const log = await open(layout.log, "a");
  try {
    const words = ["start", "--pgdata=/proc/self/cwd", "--log=/proc/self/fd/3", ...rest];
    await runProgram([...runAs.bare, binaries.pgCtl, ...words], { cwd: layout.data, file: log.fd });
  } finally {
    await log.close();
  }
};

const start = async (server: Server): Promise<number> => {
  const { layout } = server;
  const deadline = performance.now() + WAIT_SECONDS * 1000;
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const logged = await sizeOf(layout.log);
    try {
      await startAt(server, port);
      return port;
    } catch (error) {
      const held = performance.now() < deadline && (await saysSince(layout.log, logged, STILL_HELD));
      if (!held && tries >= START_TRIES) throw error;
      await sleep(POLL_MS);
    }
  }
};

/** Answers the port of the running server. @throws a plain error when it cannot be started. */
export const ensureRunning = async (server: Server): Promise<number> =>
  (await adopt(server)) ?? (await start(server));

/** Lets running transactions be rolled back, writes everything out, and ends the server. */
export const stop = async ({ layout, runAs, binaries }: Server): Promise<void> => {
  await command(layout, runAs, binaries.pgCtl, [
    "stop",
    `--pgdata=${layout.data}`,
    "--mode=fast",
    "--wait",
    `--timeout=${WAIT_SECONDS}`,
  ]);
};
