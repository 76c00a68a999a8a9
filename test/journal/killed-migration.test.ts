/**
 * Tests a migration that is killed before each of its statements: nothing is half new, no lease of before stays valid once the
 * version is new, and the next start completes it.
 */
import type { Db } from "mongodb";
import { Client, Pool } from "pg";
import { afterEach, describe, expect, inject, test } from "vitest";
import { createMongoJournal } from "../../src/journal/mongo/index.ts";
import { migrate as migrateMongo } from "../../src/journal/mongo/migrate.ts";
import { SUPPORTED as MONGO_VERSION, readSchema } from "../../src/journal/mongo/schema-version.ts";
import { openServerClock } from "../../src/journal/mongo/server-clock.ts";
import { type Store, storeOf } from "../../src/journal/mongo/store.ts";
import { migrate } from "../../src/journal/postgres/migrate.ts";
import { MIGRATIONS, SUPPORTED } from "../../src/journal/postgres/migrations/index.ts";
import { testMongoDatabase } from "../support/mongo.ts";
import { testDatabase } from "../support/postgres.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The schema of commit 5f9f192. */
const OLD = 9;

const COLUMNS = `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
  where table_schema = 'cto' order by 1, 2`;
const SIZE = `select (select max(version) from cto.migrations) as version, count(*) as columns from pg_attribute
  join pg_class on pg_class.oid = attrelid where relnamespace = 'cto'::regnamespace`;
const INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'cto' order by 1";

describe("a migration of PostgreSQL", () => {
  const open = async (migrated: boolean): Promise<string> => {
    const database = await testDatabase({ migrated });
    closers.push(() => database.drop());
    return database.connectionString;
  };
  const connect = async (connectionString: string): Promise<Client> => {
    const client = new Client({ connectionString });
    await client.connect();
    closers.push(() => client.end());
    return client;
  };
  const schemaOf = async (client: Client): Promise<unknown[]> => [
    (await client.query(COLUMNS)).rows,
    (await client.query(INDEXES)).rows,
  ];

  /** Changes with every migration, and is read faster than the whole schema. */
  const sizeOf = async (client: Client): Promise<unknown> => (await client.query(SIZE)).rows;

  /** Migrates through a connection that the server cuts before the given statement. Returns whether it was cut. */
  const cutAt = async (connectionString: string, admin: Client, statement: number): Promise<boolean> => {
    const pool = new Pool({ connectionString, max: 1 });
    pool.on("error", () => undefined);
    let left = statement;
    const connectReal = pool.connect.bind(pool);
    const connectCut = async () => {
      const client = await connectReal();
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      const query = client.query.bind(client);
      return Object.assign(client, {
        query: async (...given: Parameters<typeof query>) => {
          left -= 1;
          if (left === 0) await admin.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
          return query(...given);
        },
      });
    };
    try {
      await migrate(Object.assign(pool, { connect: connectCut }));
    } catch (error) {
      if (left > 0) throw error;
    } finally {
      await pool.end();
    }
    return left <= 0;
  };

  test("that is killed before any of its statements leaves the schema of 5f9f192 as it was", async () => {
    const url = await open(false);
    const admin = await connect(url);
    await admin.query("create schema cto");
    await admin.query(
      "create table cto.migrations (version integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp())",
    );
    for (const { version, name, sql } of MIGRATIONS.filter((each) => each.version <= OLD)) {
      await admin.query(sql);
      await admin.query("insert into cto.migrations (version, name) values ($1, $2)", [version, name]);
    }
    await admin.query(
      "insert into cto.leases (user_id, owner, token, expires_at) values ('alice', 'an old worker', 7, now() + interval '1 hour')",
    );
    const before = await sizeOf(admin);
    let statement = 1;
    while (await cutAt(url, admin, statement)) {
      expect(await sizeOf(admin), `killed before statement ${statement}`).toEqual(before);
      statement += 1;
    }
    // begin, the lock, the version, two statements for each migration, and commit, at least.
    expect(statement).toBeGreaterThan(4 + 2 * (SUPPORTED - OLD));
    expect(await schemaOf(admin)).toEqual(await schemaOf(await connect(await open(true))));
    expect((await admin.query("select owner, token::int as token from cto.leases")).rows).toEqual([
      { owner: null, token: 8 },
    ]);
  });
});

const mongo = inject("testMongo");

describe.skipIf(mongo === null)("a migration of MongoDB", () => {
  class Killed extends Error {}

  /** The store of a process that is killed before the given call. */
  const killedAt = (store: Store, call: number): Store => {
    let left = call;
    const watched = <Doc extends object>(collection: Doc): Doc =>
      new Proxy(collection, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value !== "function") return value;
          return (...given: unknown[]) => {
            left -= 1;
            if (left <= 0) throw new Killed();
            return Reflect.apply(value, target, given);
          };
        },
      });
    const entries = Object.entries(store).map(([name, value]) => [
      name,
      name === "clock" || name === "decisive" ? value : watched(value as object),
    ]);
    return Object.fromEntries(entries) as Store;
  };

  const indexesOf = async (db: Db, name: string): Promise<unknown> =>
    (await db.collection(name).indexes()).map(({ name: index }) => index).sort();

  test("that is killed before any of its calls is completed by the next start", async () => {
    if (mongo === null) return;
    const database = testMongoDatabase(mongo);
    const whole = testMongoDatabase(mongo);
    closers.push(
      () => database.drop(),
      () => whole.drop(),
    );
    const [journal, complete] = await Promise.all(
      [database, whole].map(({ uri }) => createMongoJournal({ uri, allowStandalone: mongo.allowStandalone })),
    );
    if (journal === undefined || complete === undefined) return expect.fail("no journal");
    closers.push(
      () => journal.close(),
      () => complete.close(),
    );
    const { db } = journal;
    const store = storeOf(db, await openServerClock(db), {});
    // As a release of before left it: fewer indexes, its version, and a worker that runs.
    for (const name of ["events", "decisions", "deliveries"]) await db.collection(name).dropIndexes();
    await store.schema.updateOne(
      { _id: "cto" },
      { $set: { version: MONGO_VERSION - 1, revoked: MONGO_VERSION - 1 } },
    );
    await store.leases.insertOne({
      _id: "alice",
      owner: "an old worker",
      token: 7,
      expiresAt: new Date(Date.now() + 3_600_000),
      write: "w",
    });
    const isKilled = async (call: number): Promise<boolean> => {
      try {
        await migrateMongo(db, killedAt(store, call));
        return false;
      } catch (error) {
        if (error instanceof Killed) return true;
        throw error;
      }
    };
    let call = 1;
    for (; await isKilled(call); call += 1) {
      const { version, revoked } = await readSchema(store);
      const lease = await store.leases.findOne({ _id: "alice" });
      // The version is new only with all indexes, and what says that the leases are revoked only when they are.
      if (version === MONGO_VERSION) expect(await indexesOf(db, "deliveries")).toContain("of_webhook");
      if (revoked === MONGO_VERSION) expect(lease?.owner).toBeNull();
    }
    expect(call).toBeGreaterThan(20);
    expect(await readSchema(store)).toEqual({ version: MONGO_VERSION, revoked: MONGO_VERSION });
    expect(await store.leases.findOne({ _id: "alice" })).toMatchObject({ owner: null, token: 8 });
    for (const name of ["operations", "events", "decisions", "deliveries", "wallets", "users"])
      expect(await indexesOf(db, name)).toEqual(await indexesOf(complete.db, name));
  });
});
