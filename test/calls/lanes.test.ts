/** Tests that changes of one record are made one after the other, together where they wait, and each exactly once. */
import { describe, expect, it } from "vitest";
import { createLanes } from "../../src/calls/lanes.ts";

function records(lost: (write: number) => boolean = () => false) {
  let value = 0;
  let version = 0;
  let writes = 0;
  const lanes = createLanes<number>({
    read: async () => ({ value, version }),
    async write(_id, expected, changed) {
      writes += 1;
      if (lost(writes)) version += 1; // Another process was faster.
      if (expected !== version) return false;
      value = changed;
      version += 1;
      return true;
    },
  });
  return { lanes, state: () => ({ value, writes }) };
}

const add = (value: number): number => value + 1;

describe("a lane", () => {
  it("writes changes that wait for each other together", async () => {
    const { lanes, state } = records();
    await Promise.all(Array.from({ length: 1_000 }, () => lanes.change("a", add)));
    expect(state()).toEqual({ value: 1_000, writes: 2 });
  });

  it("makes the changes again when another process was faster", async () => {
    const { lanes, state } = records((write) => write <= 2);
    await Promise.all(Array.from({ length: 10 }, () => lanes.change("a", add)));
    expect(state().value).toBe(10);
  });

  it("refuses only the change that throws, and writes nothing for one that changes nothing", async () => {
    const { lanes, state } = records();
    const fails = () => {
      throw new Error("no");
    };
    const answers = await Promise.allSettled([
      lanes.change("a", add),
      lanes.change("a", fails),
      lanes.change("a", add),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const { writes } = state();
    expect(await lanes.change("a", (same) => same)).toBe(2);
    expect(state().writes).toBe(writes);
  });
});
