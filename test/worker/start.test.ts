/** Tests that no worker starts on a journal or a queue that takes reads and refuses writes. */
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let database: Client;
beforeAll(async () => {
  stage = await openStage({ buyers: 1 });
  database = new Client({ connectionString: stage.env.DATABASE_URL });
  await database.connect();
  await database.query(
    "create function no_space() returns trigger language plpgsql as $$ begin raise 'no space left' using errcode = '53100'; end $$",
  );
});
afterAll(async () => {
  await database.end();
  await stage.close();
});

it.each([
  ["a journal", "cto.cache", "CTO_E_JOURNAL_UNAVAILABLE"],
  ["a queue", "bullmq.cto_journal", "CTO_E_QUEUE_UNAVAILABLE"],
])("%s whose disk is full", async (_what, table, code) => {
  await database.query(
    `create trigger no_space before insert or update on ${table} execute function no_space()`,
  );
  const refused = await createCTOWorker({ context: stage.context }).then(
    (worker) => worker.close(),
    (error: unknown) => error,
  );
  await database.query(`drop trigger no_space on ${table}`);
  expect(refused).toMatchObject({ code });
  const worker = await createCTOWorker({ context: stage.context });
  await worker.close();
});
