/**
 * Tests the embedded PostgreSQL: processes share it, a new process adopts it after a kill, and the last process stops
 * it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isCTOError } from "../../src/errors/index.ts";
import { findBinaries } from "../../src/journal/embedded-postgres/binaries.ts";
import { command } from "../../src/journal/embedded-postgres/command.ts";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { layoutOf } from "../../src/journal/embedded-postgres/layout.ts";
import { readPostmaster } from "../../src/journal/embedded-postgres/postmaster.ts";
import { chooseRunAs } from "../../src/journal/embedded-postgres/run-as.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";

const FIXTURE = fileURLToPath(new URL("./fixtures/embedded-user.ts", import.meta.url));

/**
 * The process id of a stopped server. A normal stop removes `postmaster.pid`; the process itself may stay a
 * zombie for a while.
 */
const NOT_RUNNING = 0;

const query = async (connectionString: string, sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const NO_CAPABILITY = "0000000000000000";
/** CAP_DAC_READ_SEARCH is capability 2. */
const DAC_READ_SEARCH = "0000000000000004";

/** Whether every user may pass all directories above the file. */
async function isOpenToAll(file: string): Promise<boolean> {
  const folder = dirname(file);
  if (((await stat(folder)).mode & 0o001) === 0) return false;
  return folder === dirname(folder) || isOpenToAll(folder);
}

describe("the embedded PostgreSQL", () => {
  let home: string;
  let opened: EmbeddedPostgres[];
  let children: ChildProcess[];

  const open = async (): Promise<EmbeddedPostgres> => {
    const postgres = await openEmbeddedPostgres({ home });
    opened.push(postgres);
    return postgres;
  };
  const openInChild = async (): Promise<{ child: ChildProcess; url: string }> => {
    const child = spawn(process.execPath, ["--import", "tsx", FIXTURE, home], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    const [line] = await once(child.stdout ?? expect.fail(), "data");
    return { child, url: String(line).trim() };
  };
  const serverPid = async (): Promise<number> => (await readPostmaster(layoutOf(home).data))?.pid ?? 0;

  beforeEach(async () => {
    // mkdtemp creates the folder with mode 0700. Under root, the server's own user therefore needs help to
    // enter it.
    home = await mkdtemp(join(tmpdir(), "cto embedded-"));
    opened = [];
    children = [];
  });
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
    // A server that a test left running has no holder now. If we join and leave it, it stops.
    for (const postgres of opened) await postgres.close().catch(() => undefined);
    if ((await serverPid()) !== NOT_RUNNING) await (await open()).close();
    await rm(home, { recursive: true, force: true });
  });

  test("starts with durable settings, stops, and finds its data again", async () => {
    const first = await open();
    await query(first.connectionString, "create table kept (n int)");
    expect(await query(first.connectionString, "show fsync")).toEqual([{ fsync: "on" }]);
    expect(await query(first.connectionString, "show synchronous_commit")).toEqual([
      { synchronous_commit: "on" },
    ]);
    await first.close();
    await first.close();
    expect(await serverPid()).toBe(NOT_RUNNING);
    expect((await stat(layoutOf(home).password)).mode & 0o777).toBe(0o600);

    const second = await open();
    expect(await query(second.connectionString, "select count(*)::int as n from kept")).toEqual([{ n: 0 }]);
  });

  test("lets nobody who can send SQL run programs, read files, or see our secrets", async () => {
    process.env.ENCRYPTION_SECRET = "planted in the environment";
    try {
      const { connectionString, adminConnectionString } = await open();
      const environment = await readFile(`/proc/${await serverPid()}/environ`, "utf8");
      expect(environment).not.toContain("planted");
      expect(environment.split("\0").map((each) => each.split("=")[0])).not.toContain("ENCRYPTION_SECRET");
      for (const sql of [
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
        "create role intruder superuser",
        "select passwd from pg_shadow",
        "alter role cto_app superuser",
      ])
        await expect(query(connectionString, sql), sql).rejects.toMatchObject({ code: "42501" });
      expect(await query(connectionString, "create schema works")).toEqual([]);
      // Not even a superuser of the database gets beyond the server's user, whoever started it. If root installed the
      // package in a closed directory, the server needs one capability (ADR 3).
      const { pgCtl } = await findBinaries();
      const needsHelp = process.geteuid?.() === 0 && !(await isOpenToAll(pgCtl));
      const status = await readFile(`/proc/${await serverPid()}/status`, "utf8");
      const kept = [...status.matchAll(/^Cap(Inh|Prm|Eff|Amb):\s*(\w+)$/gm)].map(([, name, bits]) => [
        name,
        bits,
      ]);
      const expected = needsHelp ? DAC_READ_SEARCH : NO_CAPABILITY;
      expect(kept).toEqual(["Inh", "Prm", "Eff", "Amb"].map((name) => [name, expected]));
      if (!needsHelp)
        await expect(
          query(adminConnectionString, "select pg_read_file('/etc/shadow')"),
        ).rejects.toMatchObject({ code: "42501" });
    } finally {
      delete process.env.ENCRYPTION_SECRET;
    }
  });

  test("hands what a superuser made before to the role, wherever that was ended", async () => {
    const { adminConnectionString } = await open();
    const admin = (sql: string) => query(adminConnectionString, sql);
    await (await createPostgresJournal({ connectionString: adminConnectionString })).close();
    await admin("alter database cto owner to cto");
    await admin("alter schema cto owner to cto");
    const { connectionString } = await open();
    const journal = await createPostgresJournal({ connectionString });
    expect(await journal.addUser({ id: "alice" })).toMatchObject({ id: "alice" });
    await journal.close();
    const left = await admin(`
      select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'cto' and pg_get_userbyid(c.relowner) <> 'cto_app'`);
    expect(left).toEqual([]);
  });

  test("is shared by processes that open it at once, and the last one out stops it", async () => {
    const [one, two, ours] = await Promise.all([openInChild(), openInChild(), open()]);
    expect([one.url, two.url]).toEqual([ours.connectionString, ours.connectionString]);
    const exits = [one.child, two.child].map((child) => once(child, "exit"));
    one.child.stdin?.write("leave\n");
    two.child.stdin?.write("leave\n");
    await Promise.all(exits);
    expect(await query(ours.connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await serverPid()).not.toBe(NOT_RUNNING);
    await ours.close();
    expect(await serverPid()).toBe(NOT_RUNNING);
  });

  test("outlives a killed parent and is adopted by the next process", async () => {
    const { child, url } = await openInChild();
    const pid = await serverPid();
    child.kill("SIGKILL");
    await once(child, "exit");
    const adopter = await open();
    expect(adopter.connectionString).toBe(url);
    expect(await serverPid()).toBe(pid);
  });

  test.each([
    { stranger: false, name: "starts again after the server itself was killed" },
    { stranger: true, name: "starts again after a crash when a stranger has the server's process id" },
  ])("$name", async ({ stranger }) => {
    const { child, url } = await openInChild();
    await query(url, "create table kept as select 7 as n");
    const pid = await serverPid();
    child.kill("SIGKILL");
    process.kill(pid, "SIGKILL");
    await once(child, "exit");
    const file = join(layoutOf(home).data, "postmaster.pid");
    if (stranger)
      await writeFile(file, (await readFile(file, "utf8")).replace(String(pid), String(process.pid)));
    const next = await open();
    expect(await query(next.connectionString, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("waits for a killed server's children to let go of its memory", async () => {
    const { child, url } = await openInChild();
    await query(url, "create table kept as select 7 as n");
    const pid = await serverPid();
    const [helper = 0] = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").map(Number);
    process.kill(helper, "SIGSTOP");
    child.kill("SIGKILL");
    process.kill(pid, "SIGKILL");
    await once(child, "exit");
    const opening = open();
    const { log } = layoutOf(home);
    const refusals = async () =>
      (await readFile(log, "utf8")).split("pre-existing shared memory block").length - 1;
    try {
      await expect.poll(refusals).toBeGreaterThan(3); // These are more tries than we make when a port is taken.
    } finally {
      process.kill(helper, "SIGCONT");
    }
    expect(await query((await opening).connectionString, "select n from kept")).toEqual([{ n: 7 }]);
  });

  test("begins anew after a kill in the middle of initdb", async () => {
    const { unfinished } = layoutOf(home);
    await mkdir(join(unfinished, "base"), { recursive: true });
    await writeFile(join(unfinished, "PG_VERSION"), "18\n");
    await open();
    await expect(stat(unfinished)).rejects.toThrow();
  });

  test("says what the server logged when it cannot start", async () => {
    const postgres = await open();
    await postgres.close();
    await writeFile(join(layoutOf(home).data, "postgresql.conf"), "no_such_setting = 1\n");
    const error = await openEmbeddedPostgres({ home }).catch((thrown: unknown) => thrown);
    expect(isCTOError(error, "CTO_E_EMBEDDED_POSTGRES_FAILED")).toBe(true);
    expect(String(error)).toContain("no_such_setting");
  });

  test("its programs run below a private directory, and libraries that install scripts did not link are linked", async () => {
    const root = join(home, "package");
    const theirs = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const platform = process.platform === "win32" ? "windows" : process.platform;
    const installed = dirname(dirname(theirs.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
    await cp(installed, root, { recursive: true, verbatimSymlinks: true });
    const list: { target: string }[] = JSON.parse(
      await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]"),
    );
    for (const { target } of list) await rm(join(root, target), { force: true });
    const binaries = await findBinaries(root);
    for (const { target } of list) expect((await lstat(join(root, target))).isSymbolicLink()).toBe(true);
    const layout = layoutOf(home);
    await mkdir(layout.root);
    const runAs = await chooseRunAs(layout.data, binaries.pgCtl);
    // As root: another user without capabilities could not read the programs.
    expect(runAs.bare).toBeNull();
    await command(layout, runAs, binaries.initdb, ["--version"]);
    // initdb searches for `postgres` in its own folder, and checks its right to execute it.
    const failure = await command(layout, runAs, binaries.initdb, [
      `--pgdata=${layout.data}/no`,
      "--locale=zz",
    ]).catch((error: Error) => error.message);
    expect(failure).toContain("locale");
  });
});
