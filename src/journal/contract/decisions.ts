/**
 * Tests the rules that every journal must follow for decisions: their order, no repetition, and only for
 * existing operations.
 */
import assert from "node:assert/strict";
import { MOST_DECISIONS } from "../../engine/ports.ts";
import { type JournalCase, requestOf } from "./harness.ts";

export const DECISION_CASES: readonly JournalCase[] = [
  {
    name: "decisions are kept in order, and one that repeats the last about the same step is not kept again",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "op", request: requestOf() });
      await journal.createOperation({ id: "other", request: requestOf() });
      const full = {
        kind: "passesOver",
        why: "no pool holds enough",
        venue: "cpmm",
        code: "CTO_E_NO_LIQUIDITY",
      } as const;
      const first = { kind: "waits", why: "it may still land", step: "op.buy.1", attempt: 1 } as const;
      const second = { ...first, step: "op.buy.2" };
      const later = { ...first, why: "no endpoint gave evidence" };
      for (const decision of [full, first, second, later, first])
        assert.equal(await journal.appendDecision("op", decision), true);
      assert.equal(await journal.appendDecision("op", first), false);
      assert.equal(await journal.appendDecision("op", full), false);
      assert.equal(await journal.appendDecision("nothing", full), false);
      const kept = await journal.readDecisions("op");
      assert.deepEqual(
        kept.map(({ at: _at, ...decision }) => decision),
        [full, first, second, later, first],
      );
      assert.ok(kept.every(({ at }) => at instanceof Date));
      assert.deepEqual(await journal.readDecisions("other"), []);
      assert.ok(MOST_DECISIONS > kept.length);
    },
  },
];
