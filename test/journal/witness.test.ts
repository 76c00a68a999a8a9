/**
 * Attack on issue 19. NOT RUN when it was written (the machine was frozen): both tests are expected to fail at cbed824.
 */
import { afterEach, expect, it } from "vitest";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { witnessOf } from "../../src/journal/postgres/witness.ts";
import { testDatabase } from "../support/postgres.ts";
import { type Replicated, startReplicated } from "../support/standby.ts";

let servers: Replicated | undefined;
let journal: PostgresJournal | undefined;
afterEach(async () => {
  await journal?.close().catch(() => undefined);
  await servers?.close();
}, 60_000);

/** witness.ts:121-122: any error of the server, once, ends the comparison of positions for the life of the process. */
it("compares positions again after an error that has passed", async () => {
  const database = await testDatabase();
  journal = await createPostgresJournal({ connectionString: database.connectionString });
  const told = witnessOf(journal.pool)?.position;
  expect(told).toContain("pg_current_wal_insert_lsn");
  // Stands for: a hot standby (55000), statement_timeout (57014), lock_timeout (55P03), an emptied database (42P01).
  await journal.pool.query("alter table cto.attempts rename to away");
  await journal.whyCopied().catch(() => undefined);
  await journal.pool.query("alter table cto.away rename to attempts");
  expect(await journal.whyCopied()).toBeNull();
  expect(witnessOf(journal.pool)?.position).toBe(told);
}, 60_000);

/** witness.ts:113: the position of a copy that is refused is remembered, and condemns the workers' own database. */
it("takes the own database back after its address led to another copy by mistake", async () => {
  servers = await startReplicated();
  journal = await createPostgresJournal({ connectionString: servers.url });
  await servers.followed();
  await servers.cutOff();
  await servers.killPrimary();
  await servers.promote();
  const stranger = await createPostgresJournal({ connectionString: servers.url });
  await stranger.pool.query("create table filler as select generate_series(1, 50000)");
  await stranger.close();
  await expect.poll(() => journal?.whyCopied().catch(() => null), { timeout: 20_000 }).not.toBeNull();
  // The remedy of CTO_E_JOURNAL_COPIED: "put the journal's own address back". Nothing was written to the copy by workers.
  await servers.restartPrimary();
  await expect.poll(() => journal?.whyCopied().catch(() => "away"), { timeout: 20_000 }).not.toBe("away");
  expect(await journal.whyCopied()).toBeNull();
}, 120_000);
