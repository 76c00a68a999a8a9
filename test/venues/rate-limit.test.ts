/** Tests our rate limiter for an API, with a virtual clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createEstimatesShare } from "../../src/venues/estimates-share.ts";
import { createRateLimit, secondsFor } from "../../src/venues/rate-limit.ts";

describe("the rate limit", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const launch = (requestsPerSecond: number, count: number): number[] => {
    const limit = createRateLimit(requestsPerSecond);
    const begun: number[] = [];
    for (let number = 1; number <= count; number += 1) {
      void limit.run(async () => {
        begun.push(number);
      });
    }
    return begun;
  };

  it("lets half a request per second through in short bursts of five", async () => {
    const begun = launch(0.5, 12);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("says how long so many requests take", () => {
    expect([1, 5, 6, 12].map((count) => secondsFor(0.5, count))).toEqual([0, 0, 10, 20]);
    expect([secondsFor(0.05, 2), secondsFor(10, 250), secondsFor(Number.POSITIVE_INFINITY, 9)]).toEqual([
      20, 20, 0,
    ]);
  });

  it("spaces requests out when they are rarer than one per window", async () => {
    const begun = launch(0.05, 2);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun).toHaveLength(2);
  });

  it("does not hold anything back without a limit", async () => {
    const begun = launch(Number.POSITIVE_INFINITY, 100);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(100);
  });
});

describe("the share of estimates", () => {
  it("admits whole estimates until a quarter of the last minute's rate is used, and says when the next one may be", () => {
    let now = 0;
    const share = createEstimatesShare(0.5, () => now);
    for (let at = 0; at < 6; at += 1) share.count();
    now = 20_000;
    share.admit();
    for (let at = 0; at < 4; at += 1) share.count();
    expect(() => share.admit()).toThrow(expect.objectContaining({ context: { seconds: 40 } }));
    now = 60_000;
    share.admit();
    const unlimited = createEstimatesShare(Number.POSITIVE_INFINITY, () => now);
    for (let at = 0; at < 1_000; at += 1) unlimited.count();
    unlimited.admit();
  });
});
