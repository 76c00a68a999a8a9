/** Tests that BullMQ's commands get the PostgreSQL server's time, and that its answers are in this machine's time. */
import { describe, expect, it } from "vitest";
import { withServerTime } from "../../src/queue/postgres-backend.ts";

const EXTEND =
  "-- Params: $1 queue, $2 id, $3 token, $4 lock_ms, $5 now_ms.\nSELECT extend_lock($1, $2, $3, $4, $5) AS n;";
const DELAY = "-- $1 queue, $4 process_at, $5 delay\nSELECT move_to_delayed($1, $2, $3, $4, $5) AS n;";
const NEXT = "SELECT next_delay($1) AS next_delay;";
const OTHER = "-- Params: $1 queue, $2 id.\nSELECT promote($1, $2) AS code;";

/** A server whose clock is ahead of this machine's, and the values that it got. */
function scene(aheadMs: number) {
  const got: [string, unknown[] | undefined][] = [];
  const due = Date.now() + aheadMs + 5_000;
  const query = withServerTime(async (text, values) => {
    if (text.includes("clock_timestamp")) return { rows: [{ now: String(Date.now() + aheadMs) }] };
    got.push([text, values]);
    return { rows: text === NEXT ? [{ next_delay: String(due) }] : [{ n: 1 }] };
  });
  return { query, got };
}

describe.each([600_000, -600_000])("a server that is %d ms ahead", (aheadMs) => {
  it("gets its own time, and answers in this machine's", async () => {
    const { query, got } = scene(aheadMs);
    const now = Date.now();
    await query(EXTEND, ["cto", "job", "token", 1_500, now]);
    await query(DELAY, ["cto", "job", "token", now + 500, 500]);
    await query(OTHER, ["cto", String(now)]);
    const near = (value: unknown, wanted: number): void =>
      expect(Math.abs(Number(value) - wanted)).toBeLessThan(1_000);
    const [[, extended = []] = [], [, delayed = []] = [], [, promoted = []] = []] = got;
    near(extended[4], now + aheadMs);
    expect(Number.isInteger(extended[4])).toBe(true);
    expect(extended.slice(0, 4)).toEqual(["cto", "job", "token", 1_500]);
    near(delayed[3], now + aheadMs + 500);
    expect(delayed[4]).toBe(500);
    expect(promoted).toEqual(["cto", String(now)]);
    const { rows } = await query(NEXT, ["cto"]);
    near(rows[0]?.next_delay, Date.now() + 5_000);
  });
});

it("a server whose clock is about the same gets exactly what BullMQ passes", async () => {
  const { query, got } = scene(40);
  await query(EXTEND, ["cto", "job", "token", 1_500, 1_795_000_000_000]);
  expect(got).toEqual([[EXTEND, ["cto", "job", "token", 1_500, 1_795_000_000_000]]]);
});
