/** Tests the rules that every journal must follow for old events. */
import assert from "node:assert/strict";
import type { Journal, StoredEvent } from "../../engine/ports.ts";
import { acquire, type JournalCase, planned } from "./harness.ts";

const FUTURE = new Date("2100-01-01T00:00:00Z");

const settled = async (journal: Journal, id: string): Promise<void> => {
  const { lease, steps } = await planned(journal, 1, id);
  for (const step of steps) await journal.changeStep(step.id, step.version, lease, { status: "failed" });
  await journal.changeOperation(id, lease, { status: "failed", progress: 100 });
  await journal.markSettled(id);
};

const numbers = (events: readonly StoredEvent[]) => events.map(({ seq, compacted }) => [seq, compacted ?? 0]);

const append = async (journal: Journal, id: string, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) {
    await journal.appendEvent(id, { type: "phase", phase: "started", label: "x", progress: at });
  }
};

export const COMPACTION_CASES: readonly JournalCase[] = [
  {
    name: "settled operations that ended before a time are listed page by page, until they are compacted",
    run: async ({ journal }) => {
      for (const id of ["op-b", "op-a", "op-C"]) await settled(journal, id);
      await planned(journal, 1, "op-open");
      const page = async (after: string, limit: number) =>
        (await journal.listCompactable(FUTURE, after, limit)).map(({ id }) => id);
      assert.deepEqual(await page("", 2), ["op-C", "op-a"]);
      assert.deepEqual(await page("op-a", 2), ["op-b"]);
      assert.deepEqual(await journal.listCompactable(new Date(0), "", 10), []);
      await journal.compactEvents("op-a", { dropped: [], marks: [] });
      assert.deepEqual(await page("", 10), ["op-C", "op-b"]);
      await journal.requestRecovery("op-a");
      assert.deepEqual(await page("", 10), ["op-C", "op-b"], "not settled any more");
      // A slow compaction of an operation that has continued does not count.
      await journal.compactEvents("op-a", { dropped: [], marks: [] });
      await journal.changeRecovery("op-a", await acquire(journal), { state: "done" });
      await journal.markSettled("op-a");
      assert.deepEqual(await page("", 10), ["op-C", "op-a", "op-b"]);
    },
  },
  {
    name: "events that were compacted are gone, the next one says how many, and numbers go on",
    run: async ({ journal }) => {
      await settled(journal, "op");
      await append(journal, "op", 6);
      const compaction = {
        dropped: [2, 3, 5],
        marks: [
          { seq: 4, compacted: 2 },
          { seq: 6, compacted: 1 },
        ],
      };
      await journal.compactEvents("op", compaction);
      await journal.compactEvents("op", compaction);
      const left = [
        [1, 0],
        [4, 2],
        [6, 1],
      ];
      assert.deepEqual(numbers(await journal.readEvents("op", 0, 10)), left);
      assert.deepEqual(numbers(await journal.readEvents("op", 3, 1)), [[4, 2]]);
      await append(journal, "op", 1);
      assert.deepEqual(numbers(await journal.readEvents("op", 0, 10)), [...left, [7, 0]]);
    },
  },
];
