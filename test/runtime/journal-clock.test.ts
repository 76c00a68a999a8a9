/** Tests a worker's clock: it follows the journal's time, whatever this machine's clock says. */
import { describe, expect, it } from "vitest";
import { openJournalClock } from "../../src/runtime/journal-clock.ts";

const MINUTE = 60_000;
const JOURNAL = Date.UTC(2026, 10, 27, 12);

/** A journal, and a machine whose clock is ahead of it. All clocks start at the same moment. */
async function scene(aheadMs: number) {
  let passed = 0;
  let [wallJump, journalJump] = [0, 0];
  let isAway = false;
  let reads = 0;
  const warned: unknown[] = [];
  const journal = {
    readTime: async () => {
      reads += 1;
      if (isAway) throw new Error("away");
      return new Date(JOURNAL + journalJump + passed);
    },
  };
  const local = { wall: () => JOURNAL + aheadMs + wallJump + passed, monotonic: () => 5_000 + passed };
  const log = { warn: (about: unknown) => warned.push(about) } as never;
  const clock = await openJournalClock(journal, log, local);
  return {
    warned,
    reads: () => reads,
    /** Returns the clock's difference from the journal, ms. */
    error: () => clock.now().getTime() - JOURNAL - journalJump - passed,
    pass: (ms: number) => {
      passed += ms;
    },
    jump: (ms: number) => {
      wallJump += ms;
    },
    /** The machine sleeps: its monotonic clock stops, and the journal's time goes on. */
    sleep: (ms: number) => {
      wallJump += ms;
      journalJump += ms;
    },
    leave: () => {
      isAway = true;
    },
  };
}

describe("a worker's clock", () => {
  it.each([0, 20 * MINUTE, -20 * MINUTE])(
    "is the journal's, where the machine's is %d ms ahead",
    async (ahead) => {
      const { error, pass, warned } = await scene(ahead);
      expect(error()).toBe(0);
      pass(10 * MINUTE);
      expect(error()).toBe(0);
      expect(warned).toEqual(ahead === 0 ? [] : [{ aheadMs: ahead }]);
    },
  );

  it("does not jump when the machine's clock jumps", async () => {
    const { error, jump } = await scene(0);
    jump(30 * MINUTE);
    expect(error()).toBe(0);
    jump(-60 * MINUTE);
    expect(error()).toBe(0);
  });

  it("is right again after the machine has slept, and is read once a minute", async () => {
    const { error, sleep, pass, reads } = await scene(0);
    sleep(30 * MINUTE);
    expect(error()).toBe(-30 * MINUTE);
    await expect.poll(error).toBe(0);
    const before = reads();
    pass(59_000);
    error();
    expect(reads()).toBe(before);
    pass(2_000);
    error();
    error();
    expect(reads()).toBe(before + 1);
  });

  it("goes on while the journal is away", async () => {
    const { error, leave, pass } = await scene(5 * MINUTE);
    leave();
    for (const ms of [61_000, 10 * MINUTE]) {
      pass(ms);
      expect(error()).toBe(0);
      await Promise.resolve();
    }
  });
});
