/**
 * Tests that the journal notices when it is another copy of its database: a promoted standby, a dump that was put back, a
 * cloned database. There nobody gets or keeps a lease until a restore is declared. A restart and a crash make no copy.
 */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { acquire, attemptOf, inserted, planned, TTL_MS } from "../../src/journal/contract/harness.ts";
import { createMongoJournal } from "../../src/journal/mongo/index.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { testMongoDatabase } from "../support/mongo.ts";
import { testDatabase } from "../support/postgres.ts";
import { type Replicated, startReplicated } from "../support/standby.ts";

const DECLARED = { by: "ops", reason: "a test", since: 0n, lastValidBlockHeight: 500n };
const COPIED = { code: "CTO_E_JOURNAL_COPIED" };

const on = async (url: string, sql: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

describe("a standby that lags when it is promoted", () => {
  let servers: Replicated;
  let journal: PostgresJournal;
  let promoted: PostgresJournal;
  beforeAll(async () => {
    servers = await startReplicated();
    journal = await createPostgresJournal({ connectionString: servers.url });
  });
  afterAll(async () => {
    await promoted?.close();
    await journal?.close().catch(() => undefined);
    await servers?.close();
  });

  it("was no copy after a crash and a restart of its primary", async () => {
    await servers.killPrimary();
    await servers.restartPrimary();
    await expect.poll(() => journal.whyCopied().catch(() => "away")).toBeNull();
    await acquire(journal, "worker-1");
  });

  it("gives no lease, accepts no write of a lease from before, and says why, until a restore is declared", async () => {
    const { id, lease, first } = await planned(journal);
    await servers.followed();
    await servers.cutOff();
    await inserted(journal, first, lease, attemptOf(1));
    await servers.killPrimary();
    await servers.promote();

    // Before its next checkpoint, too: the control file still has the old timeline.
    promoted = await createPostgresJournal({ connectionString: servers.url });
    expect((await promoted.readStep(first.id))?.attempts, "this is what is lost").toEqual([]);
    expect(await promoted.whyCopied()).toContain("a standby was promoted");
    const again = await promoted.insertAttempt(first.id, first.version, lease, attemptOf(1, "again"));
    expect(again).toEqual({ outcome: "stale" });
    expect(await promoted.renewLeases([lease], TTL_MS)).toEqual([false]);
    expect(await promoted.changeOperation(id, lease, { progress: 50 })).toBe(false);
    await expect(promoted.acquireLease(lease.userId, "worker-2", TTL_MS)).rejects.toMatchObject(COPIED);

    await promoted.declareRestore(DECLARED);
    expect(await promoted.whyCopied()).toBeNull();
    expect((await promoted.readOperation(id))?.restored).toBe(true);
    expect(await promoted.renewLeases([lease], TTL_MS), "the lease from before").toEqual([false]);
    await inserted(promoted, first, await acquire(promoted, "worker-2"), attemptOf(1, "again"));
  });
});

describe("a database of the same server", () => {
  it("is a copy if it was cloned, or if its rows came from a dump; vacuuming makes none", async () => {
    const database = await testDatabase();
    const url = database.connectionString;
    const journal = await createPostgresJournal({ connectionString: url });
    const { lease } = await planned(journal);
    await on(url, "vacuum full freeze cto.copy");
    expect(await journal.whyCopied()).toBeNull();
    await on(url, "create table kept as select * from cto.copy");
    await on(url, "begin; delete from cto.copy; insert into cto.copy select * from kept; commit");
    expect(await journal.whyCopied()).toContain("a dump");
    expect(await journal.renewLeases([lease], TTL_MS)).toEqual([false]);
    await journal.declareRestore(DECLARED);
    expect(await journal.whyCopied()).toBeNull();
    await on(url, "update cto.copy set server = '1'");
    expect(await journal.whyCopied()).toContain("another PostgreSQL server");
    await on(url, "delete from cto.copy");
    await expect(journal.acquireLease("bob", "worker-1", TTL_MS)).rejects.toMatchObject(COPIED);
    await journal.close();

    const { adminUrl } = inject("testPostgres");
    const clone = new URL(url);
    clone.pathname = `${clone.pathname}_clone`;
    const name = clone.pathname.slice(1);
    await on(url, "select cto.own_copy()");
    await on(adminUrl, `create database ${name} template ${new URL(url).pathname.slice(1)}`);
    const cloned = await createPostgresJournal({ connectionString: clone.href });
    expect(await cloned.whyCopied()).toContain("another database");
    await cloned.close();
    await on(adminUrl, `drop database ${name} with (force)`);
    await database.drop();
  });

  it("works for a role that the server tells nothing; then a dump is noticed, and what lacks the last attempts", async () => {
    const database = await testDatabase({ migrated: false });
    const url = database.connectionString;
    const hidden = [
      "pg_control_system()",
      "pg_current_wal_lsn()",
      "pg_current_wal_flush_lsn()",
      "pg_current_wal_insert_lsn()",
      "pg_walfile_name(pg_lsn)",
    ];
    await on(url, "create role cto_plain login password 'plain'");
    try {
      for (const name of hidden) await on(url, `revoke execute on function ${name} from public`);
      const plain = new URL(url);
      await on(url, `alter database ${plain.pathname.slice(1)} owner to cto_plain`);
      plain.username = "cto_plain";
      plain.password = "plain";
      const journal = await createPostgresJournal({ connectionString: plain.href });
      expect((await journal.pool.query("select server, timeline from cto.copy")).rows).toEqual([
        { server: null, timeline: null },
      ]);
      expect(await journal.tellsCopies()).toBe(false);
      const { lease, first } = await planned(journal);
      await inserted(journal, first, lease, attemptOf(1));
      expect(await journal.renewLeases([lease], TTL_MS)).toEqual([true]);
      expect(await journal.writeNote("a note", 0, "a text")).toBe(true);
      expect(await journal.whyCopied()).toBeNull();
      await on(url, "create table kept as select * from cto.copy");
      await on(url, "begin; delete from cto.copy; insert into cto.copy select * from kept; commit");
      expect(await journal.whyCopied()).toContain("a dump");
      await on(url, "select cto.own_copy(); delete from cto.attempts");
      expect(await journal.whyCopied()).toContain("it lacks what a worker had committed");
      await journal.close();
    } finally {
      await database.drop();
      await on(inject("testPostgres").adminUrl, "drop role cto_plain");
    }
  });
});

const mongo = inject("testMongo");
describe.skipIf(mongo === null)("a MongoDB dump", () => {
  it("is a copy where its collections were made anew, until a restore is declared", async () => {
    if (mongo === null) return;
    const database = testMongoDatabase(mongo);
    const journal = await createMongoJournal({ uri: database.uri, allowStandalone: mongo.allowStandalone });
    const { lease } = await planned(journal);
    expect(await journal.whyCopied()).toBeNull();
    const kept = await journal.db.collection("operations").find().toArray();
    await journal.db.collection("operations").drop();
    await journal.db.collection("operations").insertMany(kept);
    expect(await journal.whyCopied()).toContain("a dump");
    await expect(journal.acquireLease("bob", "worker-1", TTL_MS)).rejects.toMatchObject(COPIED);
    await journal.declareRestore(DECLARED);
    expect(await journal.whyCopied()).toBeNull();
    expect(await journal.renewLeases([lease], TTL_MS)).toEqual([false]);
    await journal.close();
    await database.drop();
  });

  it("is a copy where it was put into a database that was opened before, so that it kept that database's note", async () => {
    if (mongo === null) return;
    const [from, into] = [testMongoDatabase(mongo), testMongoDatabase(mongo)];
    const open = ({ uri }: { uri: string }) =>
      createMongoJournal({ uri, allowStandalone: mongo.allowStandalone });
    const [own, other] = [await open(from), await open(into)];
    await planned(own);
    // `mongorestore` skips a document whose id is there already.
    for (const name of ["operations", "marks"])
      for (const document of await own.db.collection(name).find().toArray())
        await other.db
          .collection(name)
          .insertOne(document)
          .catch(() => undefined);
    expect(await own.whyCopied()).toBeNull();
    expect(await other.whyCopied()).toContain("a dump");
    await expect(other.acquireLease("bob", "worker-1", TTL_MS)).rejects.toMatchObject(COPIED);
    await other.declareRestore(DECLARED);
    expect(await other.whyCopied()).toBeNull();
    const again = await open(into);
    expect(await again.whyCopied()).toBeNull();
    for (const journal of [own, other, again]) await journal.close();
    for (const database of [from, into]) await database.drop();
  });

  it("keeps the note that an earlier version of this release wrote", async () => {
    if (mongo === null) return;
    const database = testMongoDatabase(mongo);
    const options = { uri: database.uri, allowStandalone: mongo.allowStandalone };
    const before = await createMongoJournal(options);
    const marks = before.db.collection<{ _id: string }>("marks");
    const [note] = await marks.find({ _id: /^copy/ }).toArray();
    await marks.deleteMany({ _id: /^copy/ });
    await marks.insertOne({ ...note, _id: "copy" });
    await before.close();
    const journal = await createMongoJournal(options);
    expect(await journal.whyCopied()).toBeNull();
    await journal.declareRestore(DECLARED);
    expect(await journal.whyCopied()).toBeNull();
    await journal.close();
    await database.drop();
  });
});
