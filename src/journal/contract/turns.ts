/**
 * Tests the rules that every journal must follow for turns: a user's next operation, and the users who have something due.
 */
import assert from "node:assert/strict";
import type { Journal, Lease } from "../../engine/ports.ts";
import { acquire, type JournalCase, planned, rejectsWith, requestOf, USER } from "./harness.ts";

/** Times before and after everything that a case does, on any clock of the journal. */
const EARLY = new Date(0);
const LATE = new Date(Date.UTC(2100, 0, 1));

const accept = async (journal: Journal, id: string, priority = 0, userId = USER): Promise<void> => {
  await journal.createOperation({ id, request: requestOf({ priority, userId }) });
};

const begin = async (journal: Journal, lease: Lease, id: string): Promise<void> => {
  await accept(journal, id);
  await journal.beginOperation(id, lease);
};

const nextIds = async (journal: Journal, reviewedBefore = EARLY, now = LATE): Promise<string[]> =>
  (await journal.listNext(USER, { now, reviewedBefore })).map(({ id }) => id);

const dueUsers = (journal: Journal, reviewedBefore = EARLY, now = LATE): Promise<string[]> =>
  journal.listDueUsers({ now, reviewedBefore }, "", 10);

export const TURN_CASES: readonly JournalCase[] = [
  {
    name: "of what waits the next one is the first accepted of the least priority number",
    run: async ({ journal }) => {
      assert.deepEqual(await nextIds(journal), []);
      for (const [id, priority] of [
        ["a", 10],
        ["b", 9],
        ["c", 9],
      ] as const)
        await accept(journal, id, priority);
      await accept(journal, "of another", 0, "bob");
      assert.deepEqual(await nextIds(journal), ["b"]);
      await journal.requestCancel("b");
      assert.deepEqual(await nextIds(journal), ["c"]);
      await accept(journal, "d", 0);
      assert.deepEqual(await nextIds(journal), ["d"]);
    },
  },
  {
    name: "what waits for its time keeps nobody waiting, and is among the next so that its time is known",
    run: async ({ journal }) => {
      const at = (hour: number): Date => new Date(Date.UTC(2050, 0, 1, hour));
      const timed = (id: string, hour: number) =>
        journal.createOperation({ id, request: requestOf({ notBefore: at(hour) }) });
      await timed("at 9", 9);
      await timed("at 8", 8);
      await accept(journal, "now", 5);
      assert.deepEqual(await nextIds(journal, EARLY, at(7)), ["at 8", "now"]);
      assert.deepEqual((await journal.readOperation("at 8"))?.notBefore, at(8));
      assert.deepEqual(await nextIds(journal, EARLY, at(8)), ["at 9", "at 8"]);
      assert.deepEqual(await nextIds(journal, EARLY, at(9)), ["at 9"]);
      await journal.requestCancel("now");
      assert.deepEqual(await dueUsers(journal, EARLY, at(7)), []);
      assert.deepEqual(await dueUsers(journal, EARLY, at(8)), [USER]);
    },
  },
  {
    name: "what has begun is among the next, in the order of acceptance, and what has ended is not",
    run: async ({ journal }) => {
      const lease = await acquire(journal);
      for (const id of ["a", "b", "c"]) await begin(journal, lease, id);
      await accept(journal, "d");
      await accept(journal, "e");
      await journal.changeOperation("b", lease, { status: "completed" });
      assert.deepEqual(await nextIds(journal), ["a", "c", "d"]);
    },
  },
  {
    name: "what needs a review is due again once it was last looked at long enough ago",
    run: async ({ journal }) => {
      const lease = await acquire(journal);
      await begin(journal, lease, "a");
      await journal.changeOperation("a", lease, { status: "needs_review" });
      assert.deepEqual(await nextIds(journal), []);
      assert.deepEqual(await dueUsers(journal), []);
      assert.deepEqual(await nextIds(journal, LATE), ["a"]);
      assert.deepEqual(await dueUsers(journal, LATE), [USER]);
    },
  },
  {
    name: "a recovery is due while it is asked for, and a review of it once it was looked at long enough ago",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal, 1);
      await journal.changeStep(first.id, first.version, lease, { status: "failed" });
      await journal.changeOperation(id, lease, { status: "failed" });
      await journal.markSettled(id);
      assert.deepEqual(await nextIds(journal), []);
      await journal.requestRecovery(id);
      assert.deepEqual(await nextIds(journal), [id]);
      assert.deepEqual(await dueUsers(journal), [USER]);
      await journal.changeRecovery(id, lease, { state: "needs_review" });
      assert.deepEqual(await nextIds(journal), []);
      assert.deepEqual(await nextIds(journal, LATE), [id]);
      assert.deepEqual(await dueUsers(journal, LATE), [USER]);
      await journal.changeRecovery(id, lease, { state: "done" });
      assert.deepEqual(await nextIds(journal, LATE), []);
    },
  },
  {
    name: "an outage is remembered with the time until when the operation rests, and forgotten with the next status",
    run: async ({ journal }) => {
      const lease = await acquire(journal);
      await begin(journal, lease, "a");
      assert.equal((await journal.readOperation("a"))?.tries, 0);
      assert.equal(await journal.postponeOperation("a", lease, { tries: 2, notBefore: LATE }), true);
      const resting = await journal.readOperation("a");
      assert.equal(resting?.tries, 2);
      assert.deepEqual(resting?.notBefore, LATE);
      await journal.changeOperation("a", lease, { progress: 30 });
      assert.equal((await journal.readOperation("a"))?.tries, 2);
      assert.deepEqual(await nextIds(journal), ["a"]);
      assert.deepEqual(await dueUsers(journal, EARLY, new Date(LATE.getTime() - 1)), []);
      assert.deepEqual(await dueUsers(journal), [USER]);
      await journal.changeOperation("a", lease, { status: "needs_review" });
      const reviewed = await journal.readOperation("a");
      assert.equal(reviewed?.tries, 0);
      assert.equal(reviewed?.notBefore, undefined);
    },
  },
  {
    name: "a stale lease postpones nothing",
    run: async ({ journal, expireLease }) => {
      const lease = await acquire(journal);
      await begin(journal, lease, "a");
      await expireLease(USER);
      await acquire(journal, "worker-2");
      assert.equal(await journal.postponeOperation("a", lease, { tries: 1, notBefore: LATE }), false);
      assert.equal((await journal.readOperation("a"))?.tries, 0);
    },
  },
  {
    name: "asking for a recovery again ends its rest",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal, 1);
      await journal.changeStep(first.id, first.version, lease, { status: "failed" });
      await journal.changeOperation(id, lease, { status: "failed" });
      await journal.markSettled(id);
      await journal.requestRecovery(id);
      assert.equal(await journal.postponeOperation(id, lease, { tries: 1, notBefore: LATE }), true);
      await journal.requestRecovery(id);
      const requested = await journal.readOperation(id);
      assert.equal(requested?.tries, 0);
      assert.equal(requested?.notBefore, undefined);
    },
  },
  {
    name: "users with something to do are listed once each, by pages, in the order of their ids",
    run: async ({ journal }) => {
      for (const userId of ["c", "B", "a", "ä"]) {
        await accept(journal, `${userId} 1`, 0, userId);
        await accept(journal, `${userId} 2`, 0, userId);
      }
      await accept(journal, "cancelled", 0, "d");
      await journal.requestCancel("cancelled");
      const due = { now: LATE, reviewedBefore: EARLY };
      assert.deepEqual(await journal.listDueUsers(due, "", 3), ["B", "a", "c"]);
      assert.deepEqual(await journal.listDueUsers(due, "c", 3), ["ä"]);
    },
  },
  {
    name: "one operation too many is refused, and a repeated request still finds its own",
    run: async ({ journal }) => {
      const request = requestOf();
      const open = (id: string, maxOpen?: number) =>
        journal.createOperation({ id, request, idempotencyKey: id, ...(maxOpen ? { maxOpen } : {}) });
      await open("a", 2);
      await accept(journal, "of another", 0, "bob");
      await open("b", 2);
      await rejectsWith(open("c", 2), "CTO_E_OPERATIONS_TOO_MANY");
      assert.equal(await journal.readOperation("c"), null);
      const first = await open("a", 2);
      assert.equal(first.created, false);
      const again = { id: "unused", request, idempotencyKey: "a" };
      assert.deepEqual(await journal.findAccepted(again), first.operation);
      assert.deepEqual(await journal.findAccepted({ id: "a", request }), first.operation);
      assert.equal(await journal.findAccepted({ ...again, idempotencyKey: "new" }), null);
      const other = { ...again, request: requestOf({ priority: 9 }) };
      await rejectsWith(journal.findAccepted(other), "CTO_E_IDEMPOTENCY_KEY_REUSED");
      assert.equal((await open("d", 3)).created, true);
      await journal.requestCancel("a");
      await journal.requestCancel("b");
      assert.equal((await open("c", 2)).created, true);
      assert.equal((await open("e")).created, true);
    },
  },
];
