/** Tests that commits stay durable (R1) after the settings of a running PostgreSQL were changed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Pool } from "pg";
import { afterEach, expect, test } from "vitest";
import { checkStorage } from "../../src/cli/doctor/storage.ts";
import { readConfig } from "../../src/config.ts";
import { openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";
import { testDatabase } from "../support/postgres.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function opened() {
  const database = await testDatabase();
  closing.push(database.drop);
  const url = database.connectionString;
  const journal = await createPostgresJournal({ connectionString: url });
  closing.push(journal.close);
  const admin = new Client({ connectionString: url });
  await admin.connect();
  closing.push(() => admin.end());
  const weaken = (value: string) =>
    admin.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = ${value}`);
  const cutOff = () =>
    admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
  return { url, journal, weaken, cutOff };
}

test.each(["off", "local"])(
  "after ALTER DATABASE … synchronous_commit = %s no new connection is used, until it is undone",
  async (value) => {
    const { journal, weaken, cutOff } = await opened();
    const lease = (await journal.acquireLease("alice", "worker", 60_000)) ?? expect.fail("no lease");
    await weaken(value);
    await cutOff();
    const refused = {
      code: "CTO_E_JOURNAL_UNAVAILABLE",
      message: expect.stringContaining(`synchronous_commit = ${value}; the journal needs on`),
    };
    await expect.poll(() => journal.addUser({ id: "bob" }).catch((error) => error)).toMatchObject(refused);
    await expect(journal.renewLeases([lease], 60_000)).rejects.toMatchObject(refused);
    await expect(journal.whyCopied()).rejects.toMatchObject(refused);
    expect(journal.pool.totalCount).toBe(0);
    await weaken("on");
    await journal.addUser({ id: "carol" });
    expect(await journal.readUser("bob")).toBeNull();
    expect(await journal.whyCopied()).toBeNull();
  },
);

test("what waits for a standby as well is as good", async () => {
  const { journal, weaken, cutOff } = await opened();
  await weaken("remote_apply");
  await cutOff();
  await expect
    .poll(() => journal.addUser({ id: "bob" }).catch((error) => error))
    .toMatchObject({ id: "bob" });
});

test("`cto doctor` finds the weakness of a running installation", async () => {
  const { url, weaken } = await opened();
  await weaken("off");
  const checks = await checkStorage(readConfig({ DATABASE_URL: url, CTO_HTTP_PORT: "0" }));
  expect(checks.find(({ name }) => name === "journal")).toMatchObject({
    state: "broken",
    detail: expect.stringContaining("CTO_E_JOURNAL_TOO_WEAK: The database has synchronous_commit = off"),
  });
});

test("a reload that weakens connections which are open stops the signing, also in a pool of one's own", async () => {
  const home = await mkdtemp(join(tmpdir(), "cto-test-"));
  const server = await openEmbeddedPostgres({ home });
  closing.push(async () => {
    await server.close();
    await rm(home, { recursive: true, force: true });
  });
  const url = server.adminConnectionString;
  const pool = new Pool({ connectionString: url });
  closing.push(() => pool.end());
  const journals = [
    await createPostgresJournal({ connectionString: url }),
    await createPostgresJournal({ pool }),
  ];
  closing.push(...journals.map(({ close }) => close));
  for (const setting of ["synchronous_commit", "full_page_writes", "fsync"]) {
    await pool.query(`alter system set ${setting} = off`);
    await pool.query("select pg_reload_conf()");
    for (const journal of journals)
      await expect
        .poll(() => journal.whyCopied().catch((error) => error), { timeout: 5_000 })
        .toMatchObject({
          code: "CTO_E_JOURNAL_UNAVAILABLE",
          message: expect.stringContaining(`${setting} = off`),
        });
    await pool.query(`alter system reset ${setting}`);
    await pool.query("select pg_reload_conf()");
    for (const journal of journals)
      await expect.poll(() => journal.whyCopied().catch((error) => error), { timeout: 5_000 }).toBeNull();
  }
}, 60_000);
