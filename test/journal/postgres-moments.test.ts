/** Tests that statements of one moment share a round trip, and that each of them remains what it was alone. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countTrips, statementsOf, tripsOf } from "../../bench/trips.ts";
import { inOneTrip } from "../../src/base/together.ts";
import { JOURNAL_CONTRACT } from "../../src/journal/contract.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { postgresHarness } from "../support/postgres-harness.ts";

let database: TestDatabase;
let journal: PostgresJournal;

beforeEach(async () => {
  database = await testDatabase();
  journal = await createPostgresJournal({ connectionString: database.connectionString });
});

afterEach(async () => {
  await journal.close();
  await database.drop();
});

const counted = async (work: () => Promise<unknown>) => {
  const trips = countTrips(journal);
  await work();
  const taken = trips.take();
  return { trips: tripsOf(taken), statements: statementsOf(taken) };
};

const three = () =>
  Promise.all([journal.readHalt(), journal.addUser({ id: "alice" }), journal.readUser("alice")]);

test("statements of one moment share a trip, in their order; outside of marked work each has its own", async () => {
  const answers: unknown[] = [];
  const together = await counted(() => inOneTrip(async () => answers.push(...(await three()))));
  expect(together).toEqual({ trips: 1, statements: 3 });
  // The read came after the write, and sees it.
  expect(answers).toMatchObject([null, { id: "alice" }, { id: "alice" }]);
  await journal.close();
  journal = await createPostgresJournal({ connectionString: database.connectionString });
  expect(await counted(() => Promise.all([journal.readHalt(), journal.readUser("alice")]))).toEqual({
    trips: 2,
    statements: 2,
  });
});

test("a statement that fails affects no other one of its moment", async () => {
  await journal.addUser({ id: "alice" });
  const answers = await inOneTrip(() =>
    Promise.allSettled([
      journal.addUser({ id: "before" }),
      journal.addUser({ id: "alice" }),
      journal.readUser("nul\u0000"),
      journal.addUser({ id: "after" }),
    ]),
  );
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(answers[1]).toMatchObject({ reason: { code: "CTO_E_USER_EXISTS" } });
  expect(answers[2]).toMatchObject({ reason: { code: "CTO_E_USAGE" } });
  expect((await journal.listUsers()).map(({ id }) => id)).toEqual(["alice", "before", "after"]);
});

test("when the connection dies within a moment, every open statement says that its outcome is unknown", async () => {
  const held = new pg.Client(database.connectionString);
  await held.connect();
  await held.query("begin; lock table cto.users in access exclusive mode");
  const moment = inOneTrip(() =>
    Promise.allSettled([
      journal.readHalt(),
      journal.addUser({ id: "alice" }),
      journal.addUser({ id: "bob" }),
    ]),
  );
  await sleep(300);
  await held.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'cto-journal' and wait_event_type = 'Lock' and datname = current_database()`,
  );
  const [halt, ...writes] = await moment;
  expect(halt).toMatchObject({ status: "fulfilled" });
  for (const write of writes)
    expect(write).toMatchObject({ status: "rejected", reason: { code: "CTO_E_JOURNAL_UNAVAILABLE" } });
  await held.query("rollback");
  await held.end();
  expect(await journal.listUsers()).toEqual([]);
});

test("a connection that dies within a reservation fails the reservation, and not the process", async () => {
  const held = new pg.Client(database.connectionString);
  await held.connect();
  await held.query("begin; lock table cto.spending in access exclusive mode");
  const none = { operationLamports: null, userDayLamports: null, walletLifetimeLamports: null };
  const reserved = expect(journal.reserveSpending("alice", [], none)).rejects.toMatchObject({
    code: "CTO_E_JOURNAL_UNAVAILABLE",
  });
  await sleep(300);
  await held.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'cto-journal' and wait_event_type = 'Lock' and datname = current_database()`,
  );
  await reserved;
  await held.query("rollback");
  await held.end();
});

test("a caller's own pool that is not in pipeline mode answers as before", async () => {
  const pool = new pg.Pool({ connectionString: database.connectionString });
  pool.on("error", () => undefined);
  const own = await createPostgresJournal({ pool });
  const [, user] = await inOneTrip(() => Promise.all([own.addUser({ id: "alice" }), own.readHalt()])).then(
    async (answers) => [...answers, await own.readUser("alice")].slice(1),
  );
  expect(user).toMatchObject({ id: "alice" });
  await pool.end();
});

describe("the journal's contract, in one marked piece of work", () => {
  test.each(JOURNAL_CONTRACT)("$name", async ({ run }) => {
    await inOneTrip(() => run(postgresHarness(journal)));
  });
});
