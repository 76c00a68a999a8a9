/** Tests the durations on an operation's page: each attempt has its bar, and a step ends where its event says so. */
import { expect, it } from "vitest";
import type { OperationEvent, Step } from "../../web/src/api/types.ts";
import { medianOf, sayParts, timingOf } from "../../web/src/pages/operation/spans.ts";
import { matches } from "../../web/src/palette/matches.ts";

const START = Date.parse("2026-11-27T10:00:00.000Z");
const at = (ms: number): string => new Date(START + ms).toISOString();

const attempt = (
  number: number,
  ms: number,
  status: "live" | "landed" | "dead",
): Step["attempts"][number] => ({
  number,
  status,
  signature: `s${number}`,
  venue: null,
  quotedTokensOut: null,
  minTokensOut: null,
  slot: null,
  reason: null,
  blockhash: "b",
  lastValidBlockHeight: "1",
  createdAt: at(ms),
});
const buy = (leg: number, status: Step["status"], attempts: Step["attempts"]): Step => ({
  id: `op.buy.${leg}`,
  kind: "buy",
  leg,
  status,
  failure: null,
  attempts,
});
const phase = (seq: number, ms: number, label: string): OperationEvent => ({
  jobId: "op",
  seq,
  at: at(ms),
  type: "phase",
  label,
  progress: 10,
});
const landing = (seq: number, ms: number, leg: number): OperationEvent => ({
  jobId: "op",
  seq,
  at: at(ms),
  type: "leg",
  leg,
  status: "confirmed",
  progress: 80,
});
const operation = { createdAt: at(0), startedAt: at(100), finishedAt: at(2_000) };

it("draws each attempt until the next, and the last one until its step landed", () => {
  const steps = [
    buy(1, "confirmed", [attempt(1, 500, "dead"), attempt(2, 1_200, "landed")]),
    buy(2, "finalized", [attempt(1, 500, "landed")]),
    buy(3, "needs_review", [attempt(1, 600, "live")]),
    buy(4, "cancelled", []),
  ];
  const events = [
    phase(1, 100, "Started"),
    phase(2, 300, "Executing"),
    landing(3, 900, 2),
    landing(4, 1_500, 1),
  ];
  const { steps: spans, phases, wholeMs } = timingOf(operation, steps, events, Number.NaN);
  expect(wholeMs).toBe(2_000);
  expect(spans.map(({ tookMs }) => tookMs)).toEqual([1_000, 400, 1_400, null]);
  expect(spans[0]?.parts).toEqual([
    { from: 0, to: 500, kind: "waiting" },
    { from: 500, to: 1_200, kind: "dead" },
    { from: 1_200, to: 1_500, kind: "landed" },
  ]);
  expect(spans[2]?.parts.at(-1)?.kind).toBe("review");
  expect(spans[3]?.parts).toEqual([]);
  expect(phases.map(({ name, tookMs }) => [name, tookMs])).toEqual([
    ["Waiting for a worker", 100],
    ["Started", 200],
    ["Executing", 1_700],
  ]);
  // The name of a phase says it all. A step's parts are told in words.
  expect(phases.map(sayParts)).toEqual(["", "", ""]);
  expect(spans[0] && sayParts(spans[0])).toBe(
    "500 ms before it was signed, 700 ms an attempt that did not land, 300 ms from the signature to the landing",
  );
  // Only steps that landed count: nobody knows yet how long the others take.
  expect(medianOf(spans)).toBe(400);
});

it("grows with the clock while the operation is under way, and never has no width", () => {
  const open = { ...operation, finishedAt: null };
  expect(timingOf(open, [buy(1, "in_flight", [attempt(1, 500, "live")])], [], START + 3_000)).toMatchObject({
    wholeMs: 3_000,
    steps: [{ tookMs: 2_500, parts: [{ kind: "waiting" }, { kind: "open" }] }],
  });
  expect(timingOf(open, [], [], START).wholeMs).toBe(1);
  expect(medianOf([])).toBeNull();
});

it("finds a page by any of its words, in any order", () => {
  expect(matches("Operations with incidents", "inc oper")).toBe(true);
  expect(matches("Operations with incidents", "")).toBe(true);
  expect(matches("Limits", "inc")).toBe(false);
});
