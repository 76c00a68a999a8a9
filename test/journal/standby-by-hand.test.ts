/**
 * Tests that a standby which somebody makes a primary by deleting `standby.signal` is noticed. It keeps its timeline, so
 * only what this process had committed, and the standby lacks, tells them apart.
 */
import { afterEach, expect, it } from "vitest";
import { acquire, attemptOf, inserted, planned, TTL_MS } from "../../src/journal/contract/harness.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { type Replicated, startReplicated } from "../support/standby.ts";

const DECLARED = { by: "ops", reason: "a test", since: 0n, lastValidBlockHeight: 500n };
const COPIED = { code: "CTO_E_JOURNAL_COPIED" };
const LACKS = "it lacks what a worker had committed";

let servers: Replicated;
const journals: PostgresJournal[] = [];
afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close().catch(() => undefined);
  await servers?.close();
}, 60_000);

async function open(): Promise<PostgresJournal> {
  const journal = await createPostgresJournal({ connectionString: servers.url });
  journals.push(journal);
  return journal;
}

it("accepts no write of a lease from before, gives none, and says why in every process, until a restore is declared", async () => {
  servers = await startReplicated();
  const journal = await open();
  const { id, lease, first } = await planned(journal);
  await servers.followed();
  await servers.cutOff();
  await inserted(journal, first, lease, attemptOf(1));
  await servers.killPrimary();
  await servers.startByHand();
  // The copy has written more by now than it lacks, so its position does not tell.
  const stranger = await open();
  await stranger.pool.query("create table filler as select generate_series(1, 50000)");

  // The first thing that the worker sends to it.
  const signed = await journal.insertAttempt(first.id, first.version, lease, attemptOf(1, "again"));
  expect(signed).toEqual({ outcome: "stale" });
  expect(await journal.whyCopied()).toContain(LACKS);
  expect(await journal.renewLeases([lease], TTL_MS)).toEqual([false]);
  expect((await stranger.readStep(first.id))?.attempts, "this is what is lost").toEqual([]);
  expect(await stranger.whyCopied(), "the other process never knew it").toContain(LACKS);
  await expect(stranger.acquireLease(lease.userId, "worker-2", TTL_MS)).rejects.toMatchObject(COPIED);

  await stranger.declareRestore(DECLARED);
  for (const each of [journal, stranger]) expect(await each.whyCopied()).toBeNull();
  expect((await stranger.readOperation(id))?.restored).toBe(true);
  await inserted(journal, first, await acquire(journal, "worker-2"), attemptOf(1, "again"));
  expect(await journal.whyCopied()).toBeNull();
}, 120_000);

it("is noticed by a process that has seen later commits of others, by its position", async () => {
  servers = await startReplicated();
  const [signer, observer] = [await open(), await open()];
  const { lease, first } = await planned(signer);
  await servers.followed();
  await servers.cutOff();
  await inserted(signer, first, lease, attemptOf(1));
  await signer.close();
  expect(await observer.whyCopied()).toBeNull();
  await servers.killPrimary();
  await servers.startByHand();
  await expect.poll(() => observer.whyCopied().catch(() => null), { timeout: 20_000 }).toContain(LACKS);
}, 120_000);

it("is not imagined: the same server, killed and started again under writes, has everything", async () => {
  servers = await startReplicated();
  const journal = await open();
  const { lease, steps } = await planned(journal, 6);
  for (const [at, step] of steps.entries()) {
    // What is open at the kill is answered or lost; both are true of the journal.
    const writes = [
      inserted(journal, step, lease, attemptOf(1, `attempt ${at}`)),
      journal.renewLeases([lease], TTL_MS),
      journal.writeNote(`note ${at}`, 0, "a text"),
    ].map((write) => write.catch(() => undefined));
    if (at % 2 === 0) await Promise.all(writes);
    await servers.killPrimary();
    await servers.restartPrimary();
    await Promise.all(writes);
    await expect.poll(() => journal.whyCopied().catch(() => "away"), { timeout: 20_000 }).not.toBe("away");
    expect(await journal.whyCopied()).toBeNull();
  }
}, 180_000);
