/** Tests the rules that every journal must follow when a fork drops the block of a confirmed step (R6). */
import assert from "node:assert/strict";
import type { Journal, OperationStatus, Step } from "../../engine/ports.ts";
import { attemptOf, inserted, type JournalCase, type Planned, planned } from "./harness.ts";

const confirmed = async (journal: Journal, { first, lease }: Planned): Promise<Step> => {
  const flying = await inserted(journal, first, lease, attemptOf(1));
  const change = { status: "confirmed", attempt: { number: 1, status: "landed", slot: 77n } } as const;
  return (await journal.changeStep(first.id, flying.version, lease, change)) ?? assert.fail();
};

export const REOPENING_CASES: readonly JournalCase[] = [
  ...(["completed", "failed", "cancelled", "needs_review"] as const).map((status: OperationStatus) => ({
    name: `a confirmed step of an operation that is ${status} is reopened together with it`,
    run: async ({ journal }: Parameters<JournalCase["run"]>[0]) => {
      const plan = await planned(journal);
      const { id, lease } = plan;
      const step = await confirmed(journal, plan);
      if (status === "cancelled") await journal.requestCancel(id);
      const failure = { code: "CTO_E_INTERNAL", message: "why" };
      await journal.changeOperation(id, lease, { status, progress: 100, partial: true, failure });
      const reopened = await journal.reopenStep(step.id, step.version);
      assert.deepEqual([reopened?.status, reopened?.version], ["in_flight", step.version + 1]);
      assert.equal(reopened?.attempts[0]?.status, "live");
      assert.equal("slot" in (reopened?.attempts[0] ?? {}), false);
      assert.deepEqual(await journal.readStep(step.id), reopened);
      const operation = (await journal.readOperation(id)) ?? assert.fail();
      assert.deepEqual(
        [operation.status, operation.settled, operation.progress, operation.cancelRequested],
        ["active", false, 100, status === "cancelled"],
      );
      assert.equal("finishedAt" in operation || "failure" in operation, false);
      assert.deepEqual(await journal.listUnsettled(10), []);
      // Even a confirmed step of an active operation is left to the worker that drives it.
      const other = (await journal.readStep("op.buy.2")) ?? assert.fail();
      await journal.changeStep(other.id, other.version, lease, { status: "confirmed" });
      assert.deepEqual(await journal.listUnsettled(10), []);
      // From here on, the step behaves like any step in flight.
      const dead = { status: "ready", attempt: { number: 1, status: "dead", reason: "expired" } } as const;
      const ready =
        (await journal.changeStep(step.id, step.version + 1, lease, dead)) ?? assert.fail("in flight");
      const next = await journal.insertAttempt(step.id, ready.version, lease, attemptOf(2));
      assert.equal(next.outcome, status === "cancelled" ? "cancelled" : "inserted");
    },
  })),
  {
    name: "a settled operation is unsettled again when a step of it is reopened",
    run: async ({ journal }) => {
      const plan = await planned(journal, 1);
      const step = await confirmed(journal, plan);
      await journal.changeOperation(plan.id, plan.lease, { status: "completed" });
      await journal.markSettled(plan.id);
      assert.equal((await journal.readOperation(plan.id))?.settled, false);
      assert.ok((await journal.reopenStep(step.id, step.version)) !== null);
      assert.equal((await journal.readOperation(plan.id))?.status, "active");
    },
  },
  {
    name: "only a confirmed step at the right version with one landed attempt and no live one is reopened",
    run: async ({ journal }) => {
      const plan = await planned(journal);
      const { id, lease, first, steps } = plan;
      assert.equal(await journal.reopenStep(first.id, first.version), null, "it is ready");
      const step = await confirmed(journal, plan);
      await journal.changeOperation(id, lease, { status: "completed" });
      const before = await journal.readOperation(id);
      assert.equal(await journal.reopenStep(step.id, step.version - 1), null, "an older version");
      assert.equal(await journal.reopenStep("op.buy.99", 1), null, "no such step");
      const second = steps[1] ?? assert.fail();
      const bare = await journal.changeStep(second.id, second.version, null, { status: "confirmed" });
      assert.equal(await journal.reopenStep(second.id, bare?.version ?? 0), null, "nothing of it landed");
      assert.deepEqual(await journal.readOperation(id), before);
      const final = await journal.changeStep(step.id, step.version, null, { status: "finalized" });
      assert.equal(await journal.reopenStep(step.id, final?.version ?? 0), null, "it is finalized");
      assert.deepEqual(await journal.readStep(step.id), final);
    },
  },
  {
    name: "of concurrent reopenings, and settlements, of one step exactly one happens",
    run: async ({ journal }) => {
      const plan = await planned(journal);
      const step = await confirmed(journal, plan);
      await journal.changeOperation(plan.id, plan.lease, { status: "completed" });
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          at % 2
            ? journal.reopenStep(step.id, step.version)
            : journal.changeStep(step.id, step.version, null, { status: "finalized" }),
        ),
      );
      assert.equal(answers.filter((answer) => answer !== null).length, 1);
      const after = await journal.readStep(step.id);
      assert.equal(
        (await journal.readOperation(plan.id))?.status,
        after?.status === "finalized" ? "completed" : "active",
      );
    },
  },
];
