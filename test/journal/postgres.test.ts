/** Tests that the journal on PostgreSQL fulfils the journal's contract. */
import { afterEach, describe, test } from "vitest";
import { JOURNAL_CONTRACT } from "../../src/journal/contract.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { postgresHarness } from "../support/postgres-harness.ts";

describe("the journal on PostgreSQL", () => {
  let database: TestDatabase | undefined;
  let journal: PostgresJournal | undefined;

  afterEach(async () => {
    await journal?.close();
    await database?.drop();
  });

  test.each(JOURNAL_CONTRACT)("$name", async ({ run }) => {
    database = await testDatabase();
    const opened = await createPostgresJournal({ connectionString: database.connectionString });
    journal = opened;
    await run(postgresHarness(opened));
  });
});
