/**
 * Tests the dashboard's summary of a day and of an operation's end: the numbers are correct, and a failure is shown as
 * a failure.
 */
import { describe, expect, it } from "vitest";
import type { DayOperation, OperationDetail } from "../../web/src/api/types.ts";
import { outcomeOf } from "../../web/src/format/outcome.ts";
import { WRAPPED_SOL } from "../../web/src/format/sweep.ts";
import { phaseStates } from "../../web/src/pages/operation/phase-states.ts";
import { landingOf, shareOf, spentByHour } from "../../web/src/pages/overview/figures.ts";

const SINCE = "2026-11-26T10:00:00.000Z";
const of = (changes: Partial<DayOperation>): DayOperation => ({
  id: "op_1",
  userId: "alice",
  createdAt: SINCE,
  status: "completed",
  legs: 10,
  landed: 10,
  landedLamports: "1000",
  tookMs: 900,
  ...changes,
});

describe("the overview's figures", () => {
  it("count what is over, and neither what is under way or in review nor what was stopped", () => {
    const day = [
      of({}),
      of({ status: "failed", landed: 0 }),
      of({ status: "active", landed: 3 }),
      of({ status: "needs_review", landed: 4 }),
      of({ status: "cancelled", landed: 1 }),
      of({ status: "failed", legs: 0, landed: 0 }),
    ];
    expect(landingOf(day)).toEqual({ landed: 10, legs: 20, percent: 50 });
    expect(landingOf([]).percent).toBeNull();
  });

  it("put each operation into its hour, and lose none at the edges", () => {
    const hours = spentByHour(
      [
        of({}),
        of({ createdAt: "2026-11-26T10:59:59.999Z" }),
        of({ createdAt: "2026-11-27T09:30:00.000Z", landedLamports: "18446744073709551615" }),
        of({ createdAt: "2026-11-27T10:00:01.000Z" }),
      ],
      SINCE,
    );
    expect(hours).toHaveLength(24);
    expect(hours[0]?.lamports).toBe(2000n);
    expect(hours[23]?.lamports).toBe(18446744073709552615n);
  });

  it("hold spending against a limit, if there is one", () => {
    expect(shareOf("50", "200")).toBe(25);
    expect(shareOf("300", "200")).toBe(100);
    expect(shareOf("0", "0")).toBe(100);
    expect(shareOf("50", null)).toBeNull();
  });
});

describe("the end of an operation", () => {
  const ended = { progress: 100, partial: false, legs: 10, landed: 0 };

  it("is no full bar when nothing landed", () => {
    expect(outcomeOf({ ...ended, status: "failed" })).toEqual({
      percent: 0,
      text: "0 of 10 landed",
      tone: "bad",
    });
    expect(outcomeOf({ ...ended, status: "cancelled", legs: 0 })).toMatchObject({
      percent: 0,
      text: "none landed",
      tone: "off",
    });
  });

  it("says how many landed, and warns when it was not all", () => {
    expect(outcomeOf({ ...ended, status: "completed", partial: true, landed: 8 })).toEqual({
      percent: 80,
      text: "8 of 10 landed",
      tone: "warn",
    });
    expect(outcomeOf({ ...ended, status: "completed", landed: 10 }).tone).toBe("good");
    expect(outcomeOf({ ...ended, status: "active", progress: 75, landed: 2 })).toEqual({
      percent: 75,
      text: "75 %, 2 of 10",
      tone: "busy",
    });
  });

  const shown = (changes: Partial<OperationDetail>, legs: number, entered: readonly number[] = []) =>
    phaseStates(
      {
        progress: 100,
        partial: false,
        startedAt: SINCE,
        venue: null,
        tokenAddress: "2avXGyMnjX6E",
        totals: { legs, landed: 0 } as OperationDetail["totals"],
        status: "failed",
        ...changes,
      },
      entered.map((progress) => ({ type: "phase", progress }) as const),
    );

  it("shows of a sweep only the phases that a sweep has", () => {
    const sweep = { tokenAddress: WRAPPED_SOL };
    expect(shown({ ...sweep, status: "completed" }, 0)).toEqual(["done", "done", "done"]);
    expect(shown({ ...sweep, status: "active", progress: 70 }, 0)).toEqual(["done", "now", "to come"]);
    expect(shown({ ...sweep, startedAt: null }, 0)).toEqual(["failed here", "not reached", "not reached"]);
  });

  it("says that a person must decide, and not that work goes on", () => {
    expect(shown({ status: "needs_review", progress: 99 }, 10)[3]).toBe("needs a decision");
  });

  it("marks the phase that failed, and none after it as done", () => {
    expect(shown({}, 0)).toEqual(["done", "failed here", "not reached", "not reached", "not reached"]);
    expect(shown({}, 10)).toEqual(["done", "done", "failed here", "not reached", "not reached"]);
    expect(shown({ venue: "jupiter" }, 10)).toEqual(["done", "done", "done", "failed here", "not reached"]);
    // The events have priority: they show that the operation began to buy, although it had no market yet.
    expect(shown({}, 10, [10, 25, 45, 70, 100])[3]).toBe("failed here");
    expect(shown({ status: "cancelled", startedAt: null }, 0)[0]).toBe("stopped here");
    expect(shown({ status: "completed" }, 10)).toEqual(Array.from({ length: 5 }, () => "done"));
    expect(shown({ status: "active", progress: 45 }, 10)).toEqual([
      "done",
      "done",
      "now",
      "to come",
      "to come",
    ]);
  });
});
