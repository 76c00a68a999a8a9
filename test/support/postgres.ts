/**
 * PostgreSQL for tests: one server for the whole run, and for each test a database of its own, cloned from a migrated
 * template. Set CTO_TEST_DATABASE_URL (a role that may create databases) to use a server of yours.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import { openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    testPostgres: TestPostgres;
  }
}

/** What the global set-up gives to every test file. */
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

/** Opens the run's server and makes the template. Call `stop` when every test has ended. */
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

let count = 0;

export type TestDatabase = {
  readonly connectionString: string;
  /** Drops it, and whoever is still connected. */
  drop(): Promise<void>;
};

/** A fresh database; `migrated: false` gives an empty one. */
export const testDatabase = async ({ migrated = true } = {}): Promise<TestDatabase> => {
  const { adminUrl, template } = inject("testPostgres");
  count += 1;
  const name = `cto_test_${process.pid}_${Date.now()}_${count}`;
  await asAdmin(adminUrl, `create database ${name} template ${migrated ? template : "template0"}`);
  return {
    connectionString: at(adminUrl, name),
    drop: () => asAdmin(adminUrl, `drop database if exists ${name} with (force)`),
  };
};
