/**
 * Tests which events a compaction keeps (phases, results, and the last event of each leg), and that it accounts for
 * every removed number.
 */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { compact } from "../../src/engine/operation/compaction.ts";
import type { OperationEvent, StoredEvent } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import fc from "../support/fast-check.ts";

const OLD = new Date("2026-01-01T00:00:00Z");
const CUT = new Date("2026-02-01T00:00:00Z");

const leg = (index: number, status: "in_flight" | "confirmed"): OperationEvent => ({
  type: "leg",
  leg: index,
  address: addressOf(`wallet ${index}`),
  lamports: lamports(1n),
  status,
  progress: 70,
});
const phase: OperationEvent = { type: "phase", phase: "executing", label: "x", progress: 70 };
const result: OperationEvent = { type: "result", status: "completed", progress: 100 };

const stored = (events: readonly OperationEvent[], at = OLD): StoredEvent[] =>
  events.map((event, index) => ({ ...event, seq: index + 1, at }));

const apply = (events: readonly StoredEvent[], before: Date): StoredEvent[] => {
  const { dropped, marks } = compact(events, before);
  return events
    .filter(({ seq }) => !dropped.includes(seq))
    .map((event) => {
      const mark = marks.find(({ seq }) => seq === event.seq);
      return mark ? { ...event, compacted: mark.compacted } : event;
    });
};

describe("compaction of an operation's events", () => {
  it("keeps phases, results, and the last event of each leg, and marks what is missing", () => {
    const events = stored([
      phase,
      leg(1, "in_flight"),
      leg(2, "in_flight"),
      leg(1, "confirmed"),
      leg(2, "confirmed"),
      result,
    ]);
    expect(compact(events, CUT)).toEqual({ dropped: [2, 3], marks: [{ seq: 4, compacted: 2 }] });
  });

  it("leaves what is younger as it is", () => {
    const events = stored([leg(1, "in_flight"), leg(1, "confirmed")], new Date("2026-03-01T00:00:00Z"));
    expect(compact(events, CUT)).toEqual({ dropped: [], marks: [] });
  });

  it("keeps or marks every number, keeps the last one, and changes nothing the second time", () => {
    const one = fc.oneof(
      fc.constant(phase),
      fc.constant(result),
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.boolean())
        .map(([index, landed]) => leg(index, landed ? "confirmed" : "in_flight")),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), (given) => {
        const events = stored(given);
        const once = apply(events, CUT);
        let seen = 0;
        for (const { seq, compacted = 0 } of once) {
          expect(seq - compacted).toBe(seen + 1);
          seen = seq;
        }
        expect(seen).toBe(events.length);
        expect(apply(once, CUT)).toEqual(once);
      }),
    );
  });
});
