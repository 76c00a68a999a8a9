/** What every journal keeps to about funding ahead of the buys. */
import assert from "node:assert/strict";
import { acquire, attemptOf, inserted, type JournalCase, planned, USER } from "./harness.ts";

export const FUNDING_CASES: readonly JournalCase[] = [
  {
    name: "funding steps are written once, beside the buys, and are signed like any other",
    run: async ({ journal }) => {
      const { id, lease, steps } = await planned(journal, 2);
      const answers = await Promise.all([
        journal.writeFunding(id, lease, 2),
        journal.writeFunding(id, lease, 2),
      ]);
      assert.deepEqual(answers, [true, true]);
      assert.equal(await journal.writeFunding(id, lease, 5), true);
      const all = await journal.readSteps(id);
      const funds = all.filter(({ kind }) => kind === "fund");
      assert.deepEqual(
        funds.map((step) => [step.id, step.leg, step.status, step.version]),
        [
          [`${id}.fund.1`, 1, "ready", 1],
          [`${id}.fund.2`, 2, "ready", 1],
        ],
      );
      assert.equal(all.filter(({ kind }) => kind === "buy").length, steps.length);
      const [first] = funds;
      if (first === undefined) assert.fail();
      const flying = await inserted(journal, first, lease, attemptOf(1, first.id));
      assert.equal(flying.status, "in_flight");
    },
  },
  {
    name: "a stale lease writes no funding steps",
    run: async ({ journal, expireLease }) => {
      const { id, lease } = await planned(journal, 1);
      await expireLease(USER);
      await acquire(journal, "another");
      assert.equal(await journal.writeFunding(id, lease, 1), false);
      assert.equal((await journal.readSteps(id)).length, 1);
    },
  },
];
