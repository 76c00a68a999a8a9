/**
 * Tests the rules that every journal must follow for leases: one holder per user, and no write by an earlier holder.
 */
import assert from "node:assert/strict";
import type { Journal, Lease } from "../../engine/ports.ts";
import {
  acquire,
  attemptOf,
  inserted,
  type JournalCase,
  legsOf,
  planned,
  requestOf,
  TTL_MS,
  USER,
} from "./harness.ts";

const renew = async (journal: Journal, lease: Lease): Promise<boolean | undefined> =>
  (await journal.renewLeases([lease], TTL_MS))[0];

export const LEASE_CASES: readonly JournalCase[] = [
  {
    name: "one of 10 concurrent owners gets the lease",
    run: async ({ journal }) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) => journal.acquireLease(USER, `worker-${at}`, TTL_MS)),
      );
      assert.equal(answers.filter((lease) => lease !== null).length, 1);
      assert.ok((await journal.acquireLease("bob", "worker-1", TTL_MS)) !== null);
    },
  },
  {
    name: "an attempt is stamped with the journal's time, whatever the worker's clock says",
    run: async ({ journal }) => {
      const { lease, first } = await planned(journal, 1);
      const before = await journal.readTime();
      const { attempts } = await inserted(journal, first, lease, attemptOf(1, first.id));
      const after = await journal.readTime();
      const at = attempts[0]?.createdAt ?? new Date(0);
      assert.ok(before <= at && at <= after);
    },
  },
  {
    name: "the same owner gets its lease again with a greater token, and the older token is stale",
    run: async ({ journal }) => {
      const first = await acquire(journal);
      const second = await acquire(journal);
      assert.ok(second.token > first.token);
      assert.equal(await renew(journal, first), false);
      assert.equal(await renew(journal, second), true);
    },
  },
  {
    name: "an expired lease may be taken over with a greater token, or renewed if nobody did",
    run: async ({ journal, expireLease }) => {
      const first = await acquire(journal);
      assert.equal(await journal.acquireLease(USER, "worker-2", TTL_MS), null);
      await expireLease(USER);
      assert.equal(await renew(journal, first), true);
      assert.equal(await journal.acquireLease(USER, "worker-2", TTL_MS), null);
      await expireLease(USER);
      const second = await acquire(journal, "worker-2");
      assert.ok(second.token > first.token);
      assert.equal(await renew(journal, first), false);
    },
  },
  {
    name: "one call renews several leases, each for itself",
    run: async ({ journal, expireLease }) => {
      const own = await acquire(journal);
      const bobs = await journal.acquireLease("bob", "worker-1", TTL_MS);
      const carols = await journal.acquireLease("carol", "worker-1", TTL_MS);
      assert.ok(bobs !== null && carols !== null);
      for (const user of [USER, "bob", "carol"]) await expireLease(user);
      assert.ok((await journal.acquireLease("bob", "worker-2", TTL_MS)) !== null);
      const forged = { ...carols, owner: "worker-3" };
      assert.deepEqual(await journal.renewLeases([own, bobs, forged, carols], TTL_MS), [
        true,
        false,
        false,
        true,
      ]);
      assert.equal(await journal.acquireLease(USER, "worker-2", TTL_MS), null);
      assert.equal(await journal.acquireLease("bob", "worker-3", TTL_MS), null);
      assert.equal(await journal.acquireLease("carol", "worker-2", TTL_MS), null);
      assert.deepEqual(await journal.renewLeases([], TTL_MS), []);
    },
  },
  {
    name: "a released lease is free at once and stale; releasing a stale one does nothing; tokens go on growing",
    run: async ({ journal }) => {
      const first = await acquire(journal);
      await journal.releaseLease(first);
      assert.equal(await renew(journal, first), false);
      const second = await acquire(journal, "worker-2");
      assert.ok(second.token > first.token);
      await journal.releaseLease(first);
      assert.equal(await journal.acquireLease(USER, "worker-3", TTL_MS), null);
    },
  },
  {
    name: "after a takeover the earlier holder can write nothing",
    run: async ({ journal, expireLease }) => {
      const { id, lease: stale, steps, first } = await planned(journal);
      const second = steps[1];
      assert.ok(second !== undefined);
      const inFlight = await inserted(journal, first, stale, attemptOf(1));
      await expireLease(USER);
      const current = await acquire(journal, "worker-2");
      await journal.createOperation({ id: "later", request: requestOf() });

      assert.equal(await journal.beginOperation("later", stale), null);
      assert.equal(await journal.changeOperation(id, stale, { progress: 99 }), false);
      assert.equal(await journal.writePlan("later", stale, legsOf(1)), false);
      const attempt = attemptOf(1, "another");
      assert.equal((await journal.insertAttempt(second.id, second.version, stale, attempt)).outcome, "stale");
      assert.equal(
        await journal.changeStep(first.id, inFlight.version, stale, { status: "confirmed" }),
        null,
      );
      assert.deepEqual(await journal.readSteps(id), [inFlight, second]);
      assert.deepEqual(await journal.readLegs("later"), []);

      assert.ok(
        (await journal.changeStep(first.id, inFlight.version, current, { status: "confirmed" })) !== null,
      );
      await inserted(journal, second, current, attempt);
    },
  },
  {
    name: "an expired lease that nobody took over still writes",
    run: async ({ journal, expireLease }) => {
      const { lease, first } = await planned(journal);
      await expireLease(USER);
      await inserted(journal, first, lease, attemptOf(1));
    },
  },
  {
    name: "a lease on one user's wallets does not write to another user's operation",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal);
      const bobs = await journal.acquireLease("bob", lease.owner, TTL_MS);
      assert.ok(bobs !== null);
      assert.equal(await journal.beginOperation(id, bobs), null);
      assert.equal(await journal.changeOperation(id, bobs, { progress: 99 }), false);
      assert.equal(await journal.changeStep(first.id, first.version, bobs, { status: "cancelled" }), null);
      assert.equal(
        (await journal.insertAttempt(first.id, first.version, bobs, attemptOf(1))).outcome,
        "stale",
      );
    },
  },
];
