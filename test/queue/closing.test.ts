/** Tests that a process can end: its queue closes while it still opens connections, and while a delivery hangs. */
import pg from "pg";
import { expect, it } from "vitest";
import { openLanes } from "../../src/queue/lanes.ts";
import { openQueue, openWakeUps, openWorker, type QueueBackend } from "../../src/queue/queues.ts";
import { testDatabase } from "../support/postgres.ts";

it("leaves no connection to PostgreSQL, which would keep the process alive", async () => {
  const database = await testDatabase();
  const backend: QueueBackend = { kind: "postgres", connectionString: database.connectionString };
  await (await openQueue(backend)).close();
  const tuning = { concurrency: 1, lockDuration: 30_000, stalledInterval: 30_000 };
  const { worker } = openWorker(backend, async () => undefined, tuning);
  const wakeUps = openWakeUps(backend);
  await Promise.all([worker.close(), wakeUps.close()]);
  await worker.waitUntilReady(); // A connection that came late would be open now.
  const client = new pg.Client(database.connectionString);
  await client.connect();
  const others = `select application_name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  await expect.poll(async () => (await client.query(others)).rows).toEqual([]);
  // A delivery that never ends does not keep the process from stopping.
  let begun = 0;
  const deliver = () => {
    begun += 1;
    return new Promise<void>(() => undefined);
  };
  const lanes = openLanes(backend, deliver, { graceMs: 100 });
  await lanes.wake("lane");
  await expect.poll(() => begun, { timeout: 10_000 }).toBe(1);
  await lanes.close();
  await client.end();
  await database.drop();
});
