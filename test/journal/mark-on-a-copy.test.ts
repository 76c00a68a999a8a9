/** A worker that has looked at its own database writes the mark a moment later, on a copy that took its place. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";

let home: string;
let server: EmbeddedPostgres;
let journal: PostgresJournal;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cto-attack-"));
  server = await openEmbeddedPostgres({ home });
  journal = await createPostgresJournal({ connectionString: server.connectionString });
}, 120_000);
afterAll(async () => {
  await journal?.close();
  await server?.close();
  await rm(home, { recursive: true, force: true });
}, 60_000);

it("keeps a copy's own mark, from which its declaration searches, until it is declared", async () => {
  await journal.writeReached(100n);
  await journal.writeReached(200n);
  // The proxy leads to a database that was recovered to yesterday.
  await journal.pool.query("update cto.copy set timeline = 'FFFFFFFF'");
  await journal.pool.query("update cto.copy set written_by = txid_current()");
  expect(await journal.whyCopied()).toContain("new timeline");
  await journal.writeReached(900_000n);
  expect((await journal.readReached())?.slot).toBe(200n);
  await journal.declareRestore({ by: "ops", reason: "a test", since: 0n, lastValidBlockHeight: 1n });
  await journal.writeReached(900_000n);
  expect((await journal.readReached())?.slot).toBe(900_000n);
});

it("is not taken for a copy after VACUUM FULL, a freeze, CLUSTER and a row lock", async () => {
  await journal.pool.query("vacuum full freeze cto.copy");
  await journal.pool.query("cluster cto.copy using copy_pkey");
  await journal.pool.query("select * from cto.copy for update");
  expect(await journal.whyCopied()).toBeNull();
});
