/** Tests the rules that every journal must follow for the funding ahead of the buys. */
import assert from "node:assert/strict";
import { lamports } from "@solana/kit";
import { acquire, attemptOf, inserted, type JournalCase, planned, U64_MAX, USER } from "./harness.ts";

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
        funds.map((step) => [step.id, step.number, step.status, step.version]),
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
    name: "what a funding brings each leg comes back exact, and other attempts bring none",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal, 2);
      await journal.writeFunding(id, lease, 1);
      const fund = (await journal.readStep(`${id}.fund.1`)) ?? assert.fail();
      const funded = [
        { leg: 1, lamports: lamports(U64_MAX) },
        { leg: 2, lamports: lamports(0n) },
      ];
      const attempt = { ...attemptOf(1, fund.id), funded };
      const step = await inserted(journal, fund, lease, attempt);
      assert.deepEqual(step.attempts[0]?.funded, funded);
      assert.deepEqual((await journal.readStep(fund.id))?.attempts[0]?.funded, funded);
      const buy = await inserted(journal, first, lease, attemptOf(1, first.id));
      assert.equal(buy.attempts[0]?.funded, undefined);
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
