/** The PostgreSQL servers of a sweep: databases by the template, and a restart that no transaction survives. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { readConfig } from "../src/config.ts";
import { openContext } from "../src/jobs/context.ts";
import { findBinaries } from "../src/journal/embedded-postgres/binaries.ts";
import { command } from "../src/journal/embedded-postgres/command.ts";
import { openEmbeddedPostgres } from "../src/journal/embedded-postgres/index.ts";
import { layoutOf } from "../src/journal/embedded-postgres/layout.ts";
import { chooseRunAs } from "../src/journal/embedded-postgres/run-as.ts";

export type PostgresServer = {
  /** A fresh database with all tables. */
  create(): Promise<{ url: string; drop(): Promise<void> }>;
  /** Ends the server without a checkpoint, and starts it again on the same port. */
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
export async function execute(url: string, sql: string, values: readonly unknown[] = []): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Starts a server below this folder. */
export async function startPostgres(home: string): Promise<PostgresServer> {
  await mkdir(home, { recursive: true });
  const server = await openEmbeddedPostgres({ home });
  const admin = server.connectionString;
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
      return {
        url: at(admin, name),
        drop: async () => {
          await execute(admin, `drop database if exists ${name} with (force)`);
        },
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
