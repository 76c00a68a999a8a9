/**
 * Tests the rules that every journal must follow for a restore from a backup, and for how far the journal has come.
 */
import assert from "node:assert/strict";
import { acquire, attemptOf, inserted, type JournalCase, planned, requestOf, TTL_MS } from "./harness.ts";

const DECLARED = { by: "ops", reason: "the disk died", since: 2n ** 40n, lastValidBlockHeight: 500n };

export const RESTORE_CASES: readonly JournalCase[] = [
  {
    name: "the slot that it has come to only grows",
    run: async ({ journal }) => {
      assert.equal(await journal.readReached(), null);
      await journal.writeReached(99n);
      await journal.writeReached(2n ** 40n);
      await journal.writeReached(100n);
      const reached = await journal.readReached();
      assert.deepEqual([reached?.slot, reached?.first], [2n ** 40n, 99n]);
      assert.ok(reached?.at instanceof Date);
    },
  },
  {
    name: "a declared restore marks what is there then, and nothing that comes later",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "old", request: requestOf() });
      assert.equal((await journal.readOperation("old"))?.restored, undefined);
      assert.equal(await journal.readRestore(), null);
      await journal.writeReached(2n ** 41n);
      const { at, ...declared } = await journal.declareRestore(DECLARED);
      assert.equal(await journal.readReached(), null, "it was the backup's");
      await journal.writeReached(1n);
      assert.equal((await journal.readReached())?.slot, 1n);
      assert.deepEqual(declared, DECLARED);
      await journal.createOperation({ id: "new", request: requestOf() });
      assert.equal((await journal.readOperation("old"))?.restored, true);
      assert.equal((await journal.readOperation("new"))?.restored, undefined);
      assert.deepEqual(await journal.readRestore(), { ...DECLARED, at });
    },
  },
  {
    name: "a declared restore revokes the leases of workers that still run, and others may take them",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal);
      await journal.declareRestore(DECLARED);
      assert.deepEqual(await journal.renewLeases([lease], TTL_MS), [false]);
      const answer = await journal.insertAttempt(first.id, first.version, lease, attemptOf(1));
      assert.equal(answer.outcome, "stale");
      assert.equal(await journal.beginOperation(id, lease), null);
      const next = await acquire(journal, "worker-2");
      assert.ok(next.token > lease.token);
      await inserted(journal, first, next, attemptOf(1));
    },
  },
  {
    name: "an operation may be accepted as restored",
    run: async ({ journal }) => {
      const given = { id: "retry", request: requestOf(), restored: true } as const;
      assert.equal((await journal.createOperation(given)).operation.restored, true);
      assert.equal((await journal.readOperation("retry"))?.restored, true);
      assert.equal((await journal.createOperation(given)).created, false);
    },
  },
  {
    name: "a second declaration keeps the older backup's slot and the later height",
    run: async ({ journal }) => {
      await journal.declareRestore(DECLARED);
      const again = { by: "bob", reason: "again", since: 2n ** 41n, lastValidBlockHeight: 1_500n };
      const { at: _at, ...second } = await journal.declareRestore(again);
      assert.deepEqual(second, { ...again, since: DECLARED.since });
      const { at: _third, ...third } = await journal.declareRestore({ ...DECLARED, since: 7n });
      assert.deepEqual(third, { ...DECLARED, since: 7n, lastValidBlockHeight: 1_500n });
    },
  },
  {
    name: "what is found on chain is written although its operation is being cancelled, and is then as any attempt",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal);
      await journal.requestCancel(id);
      const attempt = attemptOf(1);
      assert.deepEqual(await journal.insertAttempt(first.id, first.version, lease, attempt), {
        outcome: "cancelled",
      });
      const step = await inserted(journal, first, lease, { ...attempt, found: true });
      const { createdAt: _at, ...written } = step.attempts[0] ?? assert.fail("no attempt");
      assert.deepEqual(written, { ...attempt, status: "live" });
      assert.deepEqual((await journal.readStep(first.id))?.attempts, step.attempts);
    },
  },
];
