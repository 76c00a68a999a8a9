/**
 * Starts a PostgreSQL server with an asynchronous standby, for tests: the standby follows the primary until it is cut
 * off, and can then be promoted. The programs are those of the embedded server.
 */
import { once } from "node:events";
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { findBinaries } from "../../src/journal/embedded-postgres/binaries.ts";
import { command } from "../../src/journal/embedded-postgres/command.ts";
import { initialise } from "../../src/journal/embedded-postgres/initialise.ts";
import { layoutOf } from "../../src/journal/embedded-postgres/layout.ts";
import { chooseRunAs } from "../../src/journal/embedded-postgres/run-as.ts";
import { ensureRunning, type Server, stop, urlOf } from "../../src/journal/embedded-postgres/server.ts";

export type Replicated = {
  /** The superuser's URL, which leads to the primary, whichever that is. */
  readonly url: string;
  /** Waits until the standby has replayed everything that the primary has written. */
  followed(): Promise<void>;
  /** Kills the replication: what the primary commits from now on, the standby never gets. */
  cutOff(): Promise<void>;
  /** Ends the primary at once, as a crash does. */
  killPrimary(): Promise<void>;
  /** Starts the primary again, as after a crash. */
  restartPrimary(): Promise<void>;
  /** Promotes the standby, and leads `url` to it. */
  promote(): Promise<void>;
  /** Makes the standby a primary by deleting `standby.signal`, so that it keeps its timeline, and leads `url` to it. */
  startByHand(): Promise<void>;
  close(): Promise<void>;
};

const DATABASE = "postgres";

const ask = async (url: string, sql: string): Promise<Record<string, unknown>> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] ?? {};
  } finally {
    await client.end();
  }
};

const until = async (isDone: () => Promise<boolean>): Promise<void> => {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
};

const serverAt = async (home: string): Promise<Server> => {
  const layout = layoutOf(home);
  const binaries = await findBinaries();
  const runAs = await chooseRunAs(layout.data, binaries.pgCtl);
  return { layout, binaries, runAs, password: await initialise(layout, binaries, runAs) };
};

const kill = ({ layout, runAs, binaries }: Server): Promise<void> =>
  command(layout, runAs, binaries.pgCtl, ["stop", `--pgdata=${layout.data}`, "--mode=immediate", "--wait"]);

/** Forwards connections to a server on this machine, as the name or the proxy of a primary does. */
async function openSwitch(first: number) {
  let target = first;
  const open = new Set<Socket>();
  const door = createServer((inside) => {
    const outside = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy()).on("close", () => other.destroy() && open.delete(one));
    }
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  return {
    port: (door.address() as AddressInfo).port,
    leadTo(port: number): void {
      target = port;
      for (const socket of open) socket.destroy();
    },
    close(): void {
      door.close();
      for (const socket of open) socket.destroy();
    },
  };
}

export async function startReplicated(): Promise<Replicated> {
  const folder = await mkdtemp(join(tmpdir(), "cto-standby-"));
  const home = (name: string): string => join(folder, name);
  await mkdir(layoutOf(home("one")).root, { recursive: true });
  const one = await serverAt(home("one"));
  // A cold copy of the primary's files, which then follows it.
  await cp(layoutOf(home("one")).root, layoutOf(home("two")).root, {
    recursive: true,
    preserveTimestamps: true,
  });
  const port = await ensureRunning(one);
  const { layout } = one;
  const data = layoutOf(home("two")).data;
  const door = await openSwitch(port);
  const primary = new URL(urlOf(one, door.port, DATABASE));
  const conninfo = `host=127.0.0.1 port=${door.port} user=${primary.username} password=${decodeURIComponent(primary.password)}`;
  await appendFile(join(data, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
  await writeFile(join(data, "standby.signal"), "");
  const { owner } = one.runAs;
  if (owner !== null)
    await command(layout, { ...one.runAs, prefix: [] }, "chown", [
      "-R",
      `${owner.uid}:${owner.gid}`,
      data,
      layoutOf(home("two")).log,
    ]);
  const two: Server = {
    ...one,
    layout: layoutOf(home("two")),
    runAs: await chooseRunAs(data, one.binaries.pgCtl),
  };
  const standbyPort = await ensureRunning(two);
  const primaryUrl = (): string => urlOf(one, primaryPort, DATABASE);
  const standbyUrl = urlOf(two, standbyPort, DATABASE);
  let primaryPort = port;
  return {
    url: primary.href,
    async followed() {
      const { lsn } = await ask(primaryUrl(), "select pg_current_wal_lsn() as lsn");
      await until(
        async () =>
          (await ask(standbyUrl, `select pg_last_wal_replay_lsn() >= '${lsn}' as done`)).done === true,
      );
    },
    async cutOff() {
      await ask(standbyUrl, "alter system set primary_conninfo = ''");
      await ask(standbyUrl, "select pg_reload_conf()");
      await until(
        async () => (await ask(primaryUrl(), "select count(*)::int as n from pg_stat_replication")).n === 0,
      );
    },
    killPrimary: () => kill(one),
    async restartPrimary() {
      primaryPort = await ensureRunning(one);
      door.leadTo(primaryPort);
    },
    async promote() {
      await ask(standbyUrl, "select pg_promote(true)");
      door.leadTo(standbyPort);
    },
    async startByHand() {
      await kill(two);
      await rm(join(data, "standby.signal"));
      door.leadTo(await ensureRunning(two));
    },
    async close() {
      door.close();
      for (const server of [one, two]) await stop(server).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
