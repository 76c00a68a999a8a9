/** Tests that a sweep is shown as what it is: it buys nothing, so its bar is the share of wallets that returned. */
import { expect, it } from "vitest";
import { isSweep, returnsOf, sweepOutcome, WRAPPED_SOL } from "../../web/src/format/sweep.ts";

it("counts the returns that landed, not the buys", () => {
  const steps = [
    { kind: "recover", status: "finalized" },
    { kind: "recover", status: "failed" },
    { kind: "buy", status: "finalized" },
  ] as const;
  expect(returnsOf(steps)).toEqual({ landed: 1, all: 2 });
  expect(sweepOutcome("completed", 100, returnsOf(steps))).toEqual({
    percent: 50,
    text: "1 of 2 returned",
    tone: "good",
  });
});

it("has an empty bar when nothing came back, and its progress while it runs", () => {
  expect(sweepOutcome("failed", 100, { landed: 0, all: 0 })).toEqual({
    percent: 0,
    text: "none returned",
    tone: "bad",
  });
  expect(sweepOutcome("active", 45, { landed: 0, all: 4 })).toMatchObject({ percent: 45, tone: "busy" });
});

it("knows a sweep by wrapped SOL, which no operation may buy", () => {
  expect(isSweep({ tokenAddress: WRAPPED_SOL })).toBe(true);
  expect(isSweep({ tokenAddress: "2avXGyMnjX6E" })).toBe(false);
});
