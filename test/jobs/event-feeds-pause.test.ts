/** Tests how soon an event feed reads the journal again when no wake-up comes. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StoredEvent } from "../../src/engine/ports.ts";
import { createEventFeeds } from "../../src/queue/event-feeds.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const eventOf = (seq: number): StoredEvent => ({
  seq,
  at: new Date(0),
  type: "phase",
  phase: "started",
  label: "begun",
  progress: 10,
});

it("reads again after one second, then after longer pauses, and after one second again when an event came", async () => {
  const stored: StoredEvent[] = [];
  const reads: number[] = [];
  const started = Date.now();
  const feeds = createEventFeeds(
    {
      readEvents: async (_id, after) => {
        reads.push((Date.now() - started) / 1_000);
        return stored.filter(({ seq }) => seq > after);
      },
    },
    () => ({ on: () => () => true }),
  );
  const heard: number[] = [];
  feeds.follow("op", 0, { onEvents: (events) => heard.push(...events.map(({ seq }) => seq)) });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(reads).toEqual([0, 1, 3, 7, 15, 23]);
  stored.push(eventOf(1));
  await vi.advanceTimersByTimeAsync(2_500);
  expect([heard, reads.slice(6)]).toEqual([[1], [31, 31, 32]]);
  const closed = feeds.close();
  await vi.runAllTimersAsync();
  await closed;
});
