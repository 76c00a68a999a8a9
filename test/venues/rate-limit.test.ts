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
  const shareAt = (requestsPerSecond: number) => {
    const clock = { now: 0 };
    const share = createEstimatesShare(requestsPerSecond, () => clock.now);
    const ask = (tenant: string, requests: number, when?: "now" | "first") =>
      share.run(
        tenant,
        async () => {
          await Promise.resolve();
          for (let at = 0; at < requests; at += 1) share.count();
          return "made";
        },
        when,
      );
    return { clock, ask };
  };
  const refused = (seconds: number) => expect.objectContaining({ context: { seconds } });

  it("admits whole estimates until a user's half of it is used, and says when the next one may be", async () => {
    const { clock, ask } = shareAt(0.5); // Seven requests a minute.
    expect(await ask("alice", 2)).toBe("made");
    clock.now = 20_000;
    expect(await ask("alice", 3)).toBe("made");
    await expect(ask("alice", 1)).rejects.toEqual(refused(60));
    clock.now = 60_000; // Three of them are younger than a minute.
    await expect(ask("alice", 1)).rejects.toEqual(refused(20));
    clock.now = 80_000;
    expect(await ask("alice", 1)).toBe("made");
  });

  it("leaves a part of it to another user, whatever one has used, also at the same moment", async () => {
    const { clock, ask } = shareAt(0.5);
    const many = await Promise.allSettled(Array.from({ length: 20 }, () => ask("alice", 3)));
    expect(many.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await ask("bob", 3)).toBe("made");
    // One request is left in this minute, and it is of neither of them.
    await expect(ask("bob", 1)).rejects.toEqual(refused(60));
    expect(await ask("carol", 1)).toBe("made");
    await expect(ask("dave", 1)).rejects.toEqual(refused(60));
    clock.now = 60_000;
    // Dave was refused, so he has a part of the next minute, however fast the others ask.
    expect(await ask("alice", 3)).toBe("made");
    expect(await ask("dave", 1)).toBe("made");
  });

  it("counts work that makes no request for nothing, and refuses it at its first one", async () => {
    const { ask } = shareAt(0.5);
    for (let more = 0; more < 50; more += 1) await ask("alice", 0);
    expect(await ask("alice", 3, "first")).toBe("made");
    await expect(ask("alice", 1, "first")).rejects.toEqual(refused(60));
    expect(await ask("alice", 0, "first")).toBe("made");
  });

  it("is no limit where Jupiter has none", async () => {
    const { ask } = shareAt(Number.POSITIVE_INFINITY);
    expect(await ask("alice", 1_000)).toBe("made");
    expect(await ask("alice", 1_000)).toBe("made");
  });
});
