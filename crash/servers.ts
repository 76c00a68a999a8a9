/**
 * Starts the database servers of a sweep. They create a database for each run, and can restart without a clean
 * shutdown.
 */
import { mkdir, rm } from "node:fs/promises";
import { type Db, MongoClient } from "mongodb";
import { Client } from "pg";
import { readConfig } from "../src/config.ts";
import { findBinaries } from "../src/journal/embedded-postgres/binaries.ts";
import { runProgram } from "../src/journal/embedded-postgres/command.ts";
import { openEmbeddedPostgres } from "../src/journal/embedded-postgres/index.ts";
import { layoutOf } from "../src/journal/embedded-postgres/layout.ts";
import { chooseRunAs } from "../src/journal/embedded-postgres/run-as.ts";
import { openContext } from "../src/runtime/context.ts";
import { startMongoServer } from "../test/support/mongo.ts";

/** The database of one run: its journal, and its queue unless that is on Redis. */
export type Database = {
  /** The configuration variables that select this database. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes every lease expire now. */
  expireLeases(): Promise<void>;
  /** Deletes all jobs of the queue. */
  loseJobs(): Promise<void>;
  drop(): Promise<void>;
};

export type DatabaseServer = {
  /** Creates a new database. */
  create(): Promise<Database>;
  /** Stops the journal's server without a clean shutdown, and starts it again on the same port. */
  restart(): Promise<void>;
  /** Refuses writes on every connection, the open ones too, or accepts them again. */
  setReadOnly(on: boolean): Promise<void>;
  close(): Promise<void>;
};

const TEMPLATE = "crash_template";

const at = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

/** Runs one SQL statement on its own connection. */
async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts a PostgreSQL server in this folder. */
export async function startPostgres(home: string): Promise<DatabaseServer> {
  await mkdir(home, { recursive: true });
  const server = await openEmbeddedPostgres({ home });
  const admin = server.adminConnectionString;
  await execute(admin, `create database ${TEMPLATE}`);
  // Opening a context creates the tables of the journal and of the queue.
  const config = readConfig({ CTO_HOME: home, DATABASE_URL: at(admin, TEMPLATE), CTO_LOG: "silent" });
  await (await openContext(config)).close();
  // Each run has a journal of its own, which may be on another server, so the copies of this queue belong to none yet.
  await execute(at(admin, TEMPLATE), "drop table bullmq.cto_journal");
  let made = 0;
  return {
    async create() {
      made += 1;
      const name = `crash_${made}`;
      await execute(admin, `create database ${name} template ${TEMPLATE}`);
      const url = at(admin, name);
      await execute(url, "select cto.own_copy()"); // A copy of a database is not signed in.
      return {
        env: { DATABASE_URL: url },
        expireLeases: () => execute(url, "update cto.leases set expires_at = clock_timestamp()"),
        loseJobs: () => execute(url, "delete from bullmq.job"),
        drop: () => execute(admin, `drop database if exists ${name} with (force)`),
      };
    },
    async restart() {
      const layout = layoutOf(home);
      const binaries = await findBinaries();
      const runAs = await chooseRunAs(layout.data, binaries.pgCtl);
      const words = [
        "restart",
        `--pgdata=${layout.data}`,
        `--log=${layout.log}`,
        "--mode=immediate",
        "--wait",
      ];
      // It starts again with the options of the first start, which may name the data by the working directory.
      await runProgram([...runAs.prefix, binaries.pgCtl, ...words], { cwd: layout.data });
    },
    async setReadOnly(on) {
      const value = on ? "on" : "off";
      await execute(admin, `alter system set default_transaction_read_only = ${value}`);
      await execute(admin, "select pg_reload_conf()");
    },
    async close() {
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Starts a MongoDB server for the journals. The given server stores the queues. */
export async function startMongo(queues: DatabaseServer): Promise<DatabaseServer> {
  const server = await startMongoServer();
  if (server === null) throw new Error("no MongoDB server can be had: there is no Go to build one with");
  let made = 0;
  return {
    async create() {
      made += 1;
      const uri = `${server.uri}crash_${made}`;
      const queue = await queues.create();
      const onJournal = async (change: (db: Db) => Promise<unknown>): Promise<void> => {
        const client = new MongoClient(uri);
        await change(client.db()).finally(() => client.close());
      };
      return {
        ...queue,
        env: { ...queue.env, MONGODB_URI: uri, MONGODB_ALLOW_STANDALONE: "1" },
        expireLeases: () =>
          onJournal((db) => db.collection("leases").updateMany({}, { $set: { expiresAt: new Date(0) } })),
        drop: async () => {
          await onJournal((db) => db.dropDatabase());
          await queue.drop();
        },
      };
    },
    restart: () => server.restart(),
    setReadOnly: () => Promise.reject(new Error("a journal on MongoDB has no such fault")),
    async close() {
      await server.stop();
      await queues.close();
    },
  };
}
