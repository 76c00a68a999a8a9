/** Tests which PostgreSQL databases the journal opens, and its errors for the others. */
import { Pool } from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { type CTOError, isCTOError } from "../../src/errors/index.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { MIGRATIONS } from "../../src/journal/postgres/migrations/index.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

describe("opening the journal on PostgreSQL", () => {
  const databases: TestDatabase[] = [];
  const journals: PostgresJournal[] = [];

  const fresh = async (options?: { migrated: boolean }): Promise<string> => {
    const database = await testDatabase(options);
    databases.push(database);
    return database.connectionString;
  };
  const open = async (connectionString: string): Promise<PostgresJournal> => {
    const journal = await createPostgresJournal({ connectionString });
    journals.push(journal);
    return journal;
  };
  const refusal = async (connectionString: string): Promise<CTOError> => {
    const error = await open(connectionString).catch((thrown: unknown) => thrown);
    return isCTOError(error) ? error : expect.fail(`not a CTOError: ${error}`);
  };

  afterEach(async () => {
    await Promise.all(journals.splice(0).map((journal) => journal.close()));
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  test("migrates an empty database once, however many open it together", async () => {
    const url = await fresh({ migrated: false });
    const [journal] = await Promise.all([open(url), open(url), open(url)]);
    const { rows } = await (journal ?? expect.fail()).pool.query("select version from cto.migrations");
    expect(rows).toEqual(MIGRATIONS.map(({ version }) => ({ version })));
  });

  test("renews a lease while slow queries have every other connection", async () => {
    const journal = await open(await fresh());
    const lease = (await journal.acquireLease("alice", "worker", 60_000)) ?? expect.fail("no lease");
    const slow = Array.from({ length: 20 }, () =>
      journal.pool.query("select pg_sleep(30)").catch(() => "cut off"),
    );
    expect(await journal.renewLeases([lease], 60_000)).toEqual([true]);
    expect(journal.pool.waitingCount).toBe(10);
    const admin = new Pool({ connectionString: journal.pool.options.connectionString });
    while (journal.pool.totalCount > journal.pool.idleCount || journal.pool.waitingCount > 0)
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(30)'",
      );
    await admin.end();
    await Promise.all(slow);
  });

  test("keeps what was reserved before costs were counted: it is spending", async () => {
    const url = await fresh({ migrated: false });
    const pool = new Pool({ connectionString: url });
    await pool.query(
      "create schema cto; create table cto.migrations (version integer primary key, name text not null)",
    );
    for (const { version, name, sql } of MIGRATIONS.filter(({ version }) => version < 10)) {
      await pool.query(sql);
      await pool.query("insert into cto.migrations (version, name) values ($1, $2)", [version, name]);
    }
    await pool.query(`insert into cto.spending (step_id, user_id, wallet_id, lamports, reserved_at) values
      ('op1.buy.1', 'alice', 'w1', 5, default), ('op1.buy.2', 'alice', 'w1', 6, now() - interval '25 hours')`);
    await pool.end();
    const journal = await open(url);
    expect(await journal.readSpending("alice")).toEqual({
      day: { spending: 5n, costs: 0n },
      wallets: new Map([["w1", { spending: 11n, costs: 0n }]]),
    });
    await journal.settleSpending("alice", [{ stepId: "op1.buy.2", kind: "spending", lamports: 0n }]);
    expect((await journal.readSpending("alice")).wallets.get("w1")).toEqual({ spending: 5n, costs: 0n });
  });

  test("refuses a database that a newer release has migrated", async () => {
    const url = await fresh();
    const { pool } = await open(url);
    await pool.query("insert into cto.migrations (version, name) values (99, 'later')");
    expect(await refusal(url)).toMatchObject({
      code: "CTO_E_JOURNAL_INCOMPATIBLE",
      context: { found: 99, supported: MIGRATIONS.length },
    });
  });

  test.each(["off", "local"])("refuses synchronous_commit = %s", async (value) => {
    const url = await fresh();
    const { pool } = await open(url);
    await pool.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = ${value}`);
    expect(await refusal(url)).toMatchObject({
      code: "CTO_E_JOURNAL_TOO_WEAK",
      context: { setting: "synchronous_commit", value },
    });
  });

  test.each([
    "postgresql://someone:hunter2secret@127.0.0.1:1/cto",
    "postgresql://someone:hunter2secret@host:not-a-port/cto",
  ])("says that there is no server without saying the password: %s", async (url) => {
    const error = await refusal(url);
    expect(error.code).toBe("CTO_E_JOURNAL_UNAVAILABLE");
    expect(JSON.stringify([error.message, error.stack, error.context, String(error.cause)])).not.toContain(
      "hunter2",
    );
  });

  test("a given pool is used, and left open", async () => {
    const pool = new Pool({ connectionString: await fresh() });
    const journal = await createPostgresJournal({ pool });
    await journal.addUser({ id: "alice" });
    await journal.close();
    expect((await pool.query("select id from cto.users")).rows).toEqual([{ id: "alice" }]);
    await pool.end();
  });

  test("an open journal whose server cuts its connections reads on, and says so of what it cannot reach", async () => {
    const url = await fresh();
    const journal = await open(url);
    await journal.addUser({ id: "alice" });
    const other = await open(url);
    await other.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    expect((await journal.readUser("alice"))?.id).toBe("alice");
    await databases[0]?.drop();
    const error = await journal.addUser({ id: "bob" }).catch((thrown: unknown) => thrown);
    expect(isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")).toBe(true);
  });

  test("a record that was damaged by hand is refused by name", async () => {
    const journal = await open(await fresh());
    await journal.pool.query(
      "insert into cto.operations (id, user_id, request, request_hash) values ('op', 'alice', '{}', 'x')",
    );
    const error = await journal.readOperation("op").catch((thrown: unknown) => thrown);
    expect(isCTOError(error, "CTO_E_JOURNAL_UNREADABLE")).toBe(true);
  });
});
