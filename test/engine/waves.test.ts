/** Tests that calls of one moment share one round trip, and that each caller gets its own answer. */
import { describe, expect, test } from "vitest";
import { createSharedRead, createWaves } from "../../src/engine/operation/waves.ts";
import type { Clock } from "../../src/engine/ports.ts";

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

describe("a wave", () => {
  test("includes callers of the same moment, and those that came during the wave before", async () => {
    const waves: (readonly number[])[] = [];
    let release = (): void => undefined;
    const ask = createWaves(clock, async (asks: readonly number[]) => {
      waves.push(asks);
      if (waves.length === 1) await new Promise<void>((resolve) => (release = resolve));
      return asks.map((each) => each * 10);
    });
    const first = [1, 2, 3].map((each) => Promise.resolve().then(() => ask(each)));
    await expect.poll(() => waves.length).toBe(1);
    const later = [4, 5].map(ask);
    release();
    expect(await Promise.all([...first, ...later])).toEqual([10, 20, 30, 40, 50]);
    expect(waves).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(await ask(6)).toBe(60);
  });

  test("is no longer than it may be, and goes on after one that failed", async () => {
    const waves: (readonly number[])[] = [];
    const ask = createWaves(
      clock,
      async (asks: readonly number[]) => {
        waves.push(asks);
        if (waves.length === 1) throw new Error("away");
        return asks;
      },
      2,
    );
    const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(ask));
    expect(answers.map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
    expect(waves).toEqual([[1, 2], [3, 4], [5]]);
  });
});

test("a shared read begins after the calls of everybody who shares it", async () => {
  let halted = false;
  let reads = 0;
  const read = createSharedRead(clock, async () => {
    reads += 1;
    return halted;
  });
  const early = [read(), read()];
  halted = true;
  expect(await Promise.all(early)).toEqual([true, true]);
  expect(reads).toBe(1);
  halted = false;
  const under = read();
  await clock.sleep(5);
  halted = true;
  expect([await under, await read()]).toEqual([false, true]);
  expect(reads).toBe(3);
});
