/** The database servers of a sweep: databases by the dozen, and a restart that no transaction survives. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Db, MongoClient } from "mongodb";
import { Client } from "pg";
import { readConfig } from "../src/config.ts";
import { findBinaries } from "../src/journal/embedded-postgres/binaries.ts";
import { command } from "../src/journal/embedded-postgres/command.ts";
import { openEmbeddedPostgres } from "../src/journal/embedded-postgres/index.ts";
import { layoutOf } from "../src/journal/embedded-postgres/layout.ts";
import { chooseRunAs } from "../src/journal/embedded-postgres/run-as.ts";
import { openContext } from "../src/runtime/context.ts";
import { startMongoServer } from "../test/support/mongo.ts";

/** One run's journal, and its queue where that is not on Redis. */
export type Database = {
  /** What the configuration must say. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes every lease look as if its time were over. */
  expireLeases(): Promise<void>;
  /** Makes the queue forget its jobs. */
  loseJobs(): Promise<void>;
  drop(): Promise<void>;
};

export type DatabaseServer = {
  /** A fresh database. */
  create(): Promise<Database>;
  /** Ends the journal's server without letting it tidy up, and starts it again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

const TEMPLATE = "crash_template";

const at = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

/** Runs one statement. */
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

/** Starts a server below this folder. */
export async function startPostgres(home: string): Promise<DatabaseServer> {
  await mkdir(home, { recursive: true });
  const server = await openEmbeddedPostgres({ home });
  const admin = server.adminConnectionString;
  await execute(admin, `create database ${TEMPLATE}`);
  // A context makes the journal's tables and the queue's.
  const config = readConfig({ CTO_HOME: home, DATABASE_URL: at(admin, TEMPLATE), CTO_LOG: "silent" });
  await (await openContext(config)).close();
  let made = 0;
  return {
    async create() {
      made += 1;
      const name = `crash_${made}`;
      await execute(admin, `create database ${name} template ${TEMPLATE}`);
      const url = at(admin, name);
      return {
        env: { DATABASE_URL: url },
        expireLeases: () => execute(url, "update cto.leases set expires_at = clock_timestamp()"),
        loseJobs: () => execute(url, "delete from bullmq.job"),
        drop: () => execute(admin, `drop database if exists ${name} with (force)`),
      };
    },
    async restart() {
      const layout = layoutOf(home);
      const [binaries, runAs] = await Promise.all([findBinaries(), chooseRunAs(layout.data)]);
      await command(layout, runAs, binaries.pgCtl, [
        "restart",
        `--pgdata=${layout.data}`,
        `--log=${join(layout.root, "log")}`,
        "--mode=immediate",
        "--wait",
      ]);
    },
    async close() {
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Starts a MongoDB server for journals, beside this one, which keeps the queues. */
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
    async close() {
      await server.stop();
      await queues.close();
    },
  };
}
