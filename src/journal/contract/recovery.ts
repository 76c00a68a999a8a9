/**
 * Tests the rules that every journal must follow for recovery: the return of what an operation left in its wallets.
 */
import assert from "node:assert/strict";
import { lamports } from "@solana/kit";
import type { Journal, Lease, Operation, RecoveryLeg, RecoveryState } from "../../engine/ports.ts";
import {
  acquire,
  addressOf,
  attemptOf,
  inserted,
  type JournalCase,
  legsOf,
  planned,
  requestOf,
  USER,
} from "./harness.ts";

const owedLeg = (leg: number, owed = 1_000n): RecoveryLeg => ({
  leg,
  owed: lamports(owed),
  before: lamports(7n),
  accounts: [{ address: addressOf(`account ${leg}`), lamports: lamports(2_039_280n) }],
});

/** Creates a settled operation all of whose buys have failed. */
const settled = async (
  journal: Journal,
  count = 2,
  cancelled = false,
): Promise<{ id: string; lease: Lease }> => {
  const { id, lease, steps } = await planned(journal, count);
  for (const step of steps) await journal.changeStep(step.id, step.version, lease, { status: "failed" });
  if (cancelled) await journal.requestCancel(id);
  await journal.changeOperation(id, lease, { status: cancelled ? "cancelled" : "failed", progress: 100 });
  await journal.markSettled(id);
  assert.equal((await journal.readOperation(id))?.settled, true);
  return { id, lease };
};

const stateOf = (operation: Operation | null) => operation?.recovery?.state;

export const RECOVERY_CASES: readonly JournalCase[] = [
  {
    name: "the plan of a sweep has a recover step for each leg, and no buys",
    run: async ({ journal }) => {
      const request = { ...requestOf(), purpose: "sweep" } as const;
      await journal.createOperation({ id: "sweep", request });
      const lease = await acquire(journal);
      await journal.beginOperation("sweep", lease);
      assert.equal(await journal.writePlan("sweep", lease, legsOf(2), "recover"), true);
      assert.deepEqual((await journal.readOperation("sweep"))?.request, request);
      assert.deepEqual(
        (await journal.readSteps("sweep")).map(({ id, kind, number }) => [id, kind, number]),
        [
          ["sweep.recover.1", "recover", 1],
          ["sweep.recover.2", "recover", 2],
        ],
      );
      assert.equal((await journal.readLegs("sweep")).length, 2);
    },
  },
  {
    name: "recovery is asked for only where nothing of the operation can land any more, and leaves its status",
    run: async ({ journal }) => {
      assert.equal(await journal.requestRecovery("unknown"), null);
      const { id, lease, steps } = await planned(journal, 1);
      assert.equal(await journal.requestRecovery(id), null, "it is active");
      const [step] = steps;
      if (step === undefined) assert.fail();
      const flying = await inserted(journal, step, lease, attemptOf(1));
      const landed = { status: "confirmed", attempt: { number: 1, status: "landed", slot: 7n } } as const;
      const confirmed = await journal.changeStep(step.id, flying.version, lease, landed);
      await journal.changeOperation(id, lease, { status: "completed" });
      assert.equal(await journal.requestRecovery(id), null, "it is not settled");
      await journal.changeStep(step.id, confirmed?.version ?? 0, null, { status: "finalized" });
      await journal.markSettled(id);
      const requested = await journal.requestRecovery(id);
      assert.deepEqual(
        [requested?.status, requested?.settled, stateOf(requested)],
        ["completed", false, "requested"],
      );
      assert.deepEqual(requested?.recovery?.legs, []);
      assert.deepEqual(await journal.readOperation(id), requested);
      await journal.markSettled(id);
      assert.equal((await journal.readOperation(id))?.settled, false, "steps may still be added");
    },
  },
  {
    name: "what is owed is written with its steps, each once, and they are signed like any other",
    run: async ({ journal }) => {
      const { id, lease } = await settled(journal);
      assert.equal(await journal.writeRecovery(id, lease, [owedLeg(1)], [1]), false, "nobody asked");
      assert.equal(await journal.changeRecovery(id, lease, { state: "done" }), false, "nobody asked");
      await journal.requestRecovery(id);
      const nothing: RecoveryLeg = { ...owedLeg(2, 0n), accounts: [], why: "nothing is left" };
      const answers = await Promise.all([
        journal.writeRecovery(id, lease, [owedLeg(1), nothing], [1]),
        journal.writeRecovery(id, lease, [owedLeg(1), nothing], [1]),
      ]);
      assert.deepEqual(answers, [true, true]);
      const legs = (await journal.readOperation(id))?.recovery?.legs ?? [];
      assert.deepEqual(
        [...legs].sort((a, b) => a.leg - b.leg),
        [owedLeg(1), nothing],
      );
      const steps = (await journal.readSteps(id)).filter(({ kind }) => kind === "recover");
      assert.deepEqual(
        steps.map((step) => [step.id, step.status, step.version]),
        [[`${id}.recover.1`, "ready", 1]],
      );
      const [step] = steps;
      if (step === undefined) assert.fail();
      const attempt = { ...attemptOf(1, "recover"), returned: lamports(1_000n) };
      const flying = await inserted(journal, step, lease, attempt);
      assert.equal(flying.attempts[0]?.returned, 1_000n);
      assert.deepEqual(await journal.readStep(step.id), flying);
      await journal.markSettled(id);
      assert.equal((await journal.readOperation(id))?.settled, false);
      // A second write while the step is in flight leaves the step unchanged.
      assert.equal(await journal.writeRecovery(id, lease, [owedLeg(2)], [1, 2]), true);
      assert.deepEqual(await journal.readStep(step.id), flying);
      assert.equal((await journal.readStep(`${id}.recover.2`))?.status, "ready");
      const rewritten = (await journal.readOperation(id))?.recovery?.legs ?? [];
      assert.deepEqual(
        [...rewritten].sort((a, b) => a.leg - b.leg),
        [owedLeg(1), owedLeg(2)],
      );
      // A plan that is made again adds no step, and leaves the other plan as it is.
      assert.equal(await journal.writeRecovery(id, lease, [owedLeg(2, 7n)], []), true);
      const again = (await journal.readOperation(id))?.recovery?.legs ?? [];
      assert.deepEqual(
        [...again].sort((a, b) => a.leg - b.leg),
        [owedLeg(1), owedLeg(2, 7n)],
      );
      assert.equal((await journal.readStep(`${id}.recover.2`))?.version, 1);
    },
  },
  {
    name: "a stale lease neither plans nor ends a recovery, nor signs a step of it",
    run: async ({ journal, expireLease }) => {
      const { id, lease } = await settled(journal, 1);
      await journal.requestRecovery(id);
      await journal.writeRecovery(id, lease, [owedLeg(1)], [1]);
      await expireLease(USER);
      await acquire(journal, "another");
      assert.equal(await journal.writeRecovery(id, lease, [owedLeg(1)], [1]), false);
      assert.equal(await journal.changeRecovery(id, lease, { state: "done" }), false);
      const outcome = await journal.insertAttempt(`${id}.recover.1`, 1, lease, attemptOf(1, "stale"));
      assert.deepEqual(outcome, { outcome: "stale" });
      assert.equal(stateOf(await journal.readOperation(id)), "requested");
    },
  },
  {
    name: "what was cancelled is recovered all the same",
    run: async ({ journal }) => {
      const { id, lease } = await settled(journal, 1, true);
      await journal.requestRecovery(id);
      await journal.writeRecovery(id, lease, [owedLeg(1)], [1]);
      const step = (await journal.readStep(`${id}.recover.1`)) ?? assert.fail();
      const flying = await inserted(journal, step, lease, attemptOf(1, "recover"));
      const again = await journal.insertAttempt(step.id, flying.version, lease, attemptOf(2, "second"));
      assert.deepEqual(again, { outcome: "stale" });
    },
  },
  {
    name: "a recovery ends with its reason, may be asked for again, and its operation settles thereafter",
    run: async ({ journal }) => {
      const { id, lease } = await settled(journal, 1);
      await journal.requestRecovery(id);
      const failure = { code: "CTO_E_RECOVERY_UNPROVED", message: "why" };
      assert.equal(await journal.changeRecovery(id, lease, { state: "done", failure }), true);
      const ended = await journal.readOperation(id);
      assert.deepEqual([stateOf(ended), ended?.recovery?.failure], ["done", failure]);
      assert.deepEqual(
        (await journal.listUnsettled(10)).map((one) => one.id),
        [id],
      );
      await journal.markSettled(id);
      assert.equal((await journal.readOperation(id))?.settled, true);
      const requested = await journal.requestRecovery(id);
      assert.deepEqual(
        [stateOf(requested), requested?.settled, requested?.recovery?.failure],
        ["requested", false, undefined],
      );
    },
  },
  {
    name: "the recovery of an operation that was cancelled before its time is due at once",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "timed", request: requestOf({ notBefore: new Date(4e12) }) });
      await journal.requestCancel("timed");
      const requested = await journal.requestRecovery("timed");
      assert.deepEqual(
        [stateOf(requested), requested?.notBefore, requested?.tries],
        ["requested", undefined, 0],
      );
      const due = { now: new Date(), reviewedBefore: new Date(0) };
      assert.deepEqual(await journal.listDueUsers(due, "", 9), [USER]);
    },
  },
  {
    name: "a recovery in review is found by its state, and unsettled only while a step of it is to be settled",
    run: async ({ journal }) => {
      const { id, lease } = await settled(journal, 2);
      const inState = async (recovery: RecoveryState) =>
        (await journal.listOperations({ recovery, limit: 9 })).map((one) => one.id);
      assert.deepEqual(await inState("requested"), []);
      await journal.requestRecovery(id);
      assert.deepEqual([await inState("requested"), await inState("needs_review")], [[id], []]);
      await journal.writeRecovery(id, lease, [owedLeg(1), owedLeg(2)], [1, 2]);
      const step = (await journal.readStep(`${id}.recover.1`)) ?? assert.fail();
      const flying = await inserted(journal, step, lease, attemptOf(1, "recover"));
      await journal.changeRecovery(id, lease, { state: "needs_review" });
      assert.deepEqual([await inState("requested"), await inState("needs_review")], [[], [id]]);
      assert.deepEqual(await journal.listUnsettled(10), []);
      const landed = { status: "confirmed", attempt: { number: 1, status: "landed", slot: 9n } } as const;
      await journal.changeStep(step.id, flying.version, lease, landed);
      assert.equal((await journal.listUnsettled(10)).length, 1);
    },
  },
  {
    name: "a fork that takes back a landed recovery opens the recovery again, and not the operation",
    run: async ({ journal }) => {
      const { id, lease } = await settled(journal, 1);
      await journal.requestRecovery(id);
      await journal.writeRecovery(id, lease, [owedLeg(1)], [1]);
      const step = (await journal.readStep(`${id}.recover.1`)) ?? assert.fail();
      const flying = await inserted(journal, step, lease, attemptOf(1, "recover"));
      const landed = { status: "confirmed", attempt: { number: 1, status: "landed", slot: 9n } } as const;
      const confirmed = await journal.changeStep(step.id, flying.version, lease, landed);
      const failure = { code: "CTO_E_RECOVERY_UNPROVED", message: "why" };
      await journal.changeRecovery(id, lease, { state: "done", failure });
      const before = await journal.readOperation(id);
      const reopened = await journal.reopenStep(step.id, confirmed?.version ?? 0);
      assert.equal(reopened?.status, "in_flight");
      const after = await journal.readOperation(id);
      assert.deepEqual(
        [after?.status, after?.finishedAt, after?.settled, stateOf(after)],
        ["failed", before?.finishedAt, false, "requested"],
      );
      // The reason why other legs were not recovered stays until the recovery ends again.
      assert.deepEqual(after?.recovery?.failure, failure);
      assert.deepEqual(after?.recovery?.legs, before?.recovery?.legs);
    },
  },
];
