/**
 * Provides PostgreSQL for tests: one server for the whole run, and a separate database for each test, cloned from a migrated
 * template. To use your own server, set CTO_TEST_DATABASE_URL with a role that may create databases.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { inject } from "vitest";
import { openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    testPostgres: TestPostgres;
  }
}

/** The data that the global setup provides to every test file. */
export type TestPostgres = { readonly adminUrl: string; readonly template: string };

const at = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

const asAdmin = async (url: string, sql: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

const openServer = async (): Promise<{ url: string; close: () => Promise<void> }> => {
  const given = process.env.CTO_TEST_DATABASE_URL;
  if (given !== undefined && given !== "") return { url: given, close: async () => undefined };
  const home = await mkdtemp(join(tmpdir(), "cto-test-"));
  const server = await openEmbeddedPostgres({ home });
  return {
    url: server.adminConnectionString,
    close: async () => {
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
};

/** Opens the run's server and creates the template. Call `stop` after all tests. */
export const startTestPostgres = async (): Promise<{ postgres: TestPostgres; stop: () => Promise<void> }> => {
  const { url, close } = await openServer();
  const template = `cto_template_${process.pid}`;
  await asAdmin(url, `create database ${template}`);
  await (await createPostgresJournal({ connectionString: at(url, template) })).close();
  return {
    postgres: { adminUrl: url, template },
    stop: async () => {
      await asAdmin(url, `drop database ${template} with (force)`);
      await close();
    },
  };
};

/** How long a database waits for connections that are being closed. */
const CLOSING_MS = 1_500;

/**
 * Drops a database once its connections are closed, or after a while. pg's pool says that it has ended before its connections
 * have; a connection that is dropped meanwhile emits an error, and a pool without a listener would end the process.
 */
const dropDatabase = async (adminUrl: string, name: string): Promise<void> => {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const until = performance.now() + CLOSING_MS;
    const isOpen = async (): Promise<boolean> => {
      const { rowCount } = await client.query("select from pg_stat_activity where datname = $1", [name]);
      return rowCount !== 0;
    };
    while ((await isOpen()) && performance.now() < until) await sleep(20);
    await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
};

let count = 0;

export type TestDatabase = {
  readonly connectionString: string;
  /** Drops the database, and closes connections that are still open. */
  drop(): Promise<void>;
};

/** Creates a database with the current schema, or an empty one if `migrated` is false. */
export const testDatabase = async ({ migrated = true } = {}): Promise<TestDatabase> => {
  const { adminUrl, template } = inject("testPostgres");
  count += 1;
  const name = `cto_test_${process.pid}_${Date.now()}_${count}`;
  await asAdmin(adminUrl, `create database ${name} template ${migrated ? template : "template0"}`);
  // A database that is made of a template is a copy: nothing would be signed in it.
  if (migrated) await asAdmin(at(adminUrl, name), "select cto.own_copy()");
  return {
    connectionString: at(adminUrl, name),
    drop: () => dropDatabase(adminUrl, name),
  };
};
