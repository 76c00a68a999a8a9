/** Tests that the engine's waiting times follow from the lifetime of a blockhash on this cluster. */
import { describe, expect, it } from "vitest";
import { BRIEF_LEASE_MS, beatsOf, DECISION_LEASE_MS, REQUEUE_MS, SETTLE_MS } from "../../src/engine/beats.ts";
import { blockhashLifeMs, timesOf } from "../../src/engine/ports.ts";

describe("the times of a cluster", () => {
  it("are those of a blockhash's life: 30 s where slots last 200 ms, 60 s where they last 400", () => {
    const [today, tower] = [200, 400].map(blockhashLifeMs).map(timesOf);
    expect(today).toEqual({ rebroadcastMs: 1_000, reviewAfterMs: 300_000 });
    expect(tower).toEqual({ rebroadcastMs: 2_000, reviewAfterMs: 600_000 });
  });

  it("are no shorter on a localnet, whose machine is as slow as any", () => {
    expect(timesOf(blockhashLifeMs(25))).toEqual(timesOf(blockhashLifeMs(200)));
  });

  it("wait longer for a review where a cluster stands still, and send no less often", () => {
    expect(timesOf(blockhashLifeMs(2_000))).toEqual({ rebroadcastMs: 2_000, reviewAfterMs: 3_000_000 });
  });

  it("find what the queue has lost while it may still land, and hold no lease for longer than a person waits", () => {
    expect(REQUEUE_MS).toBeLessThan(blockhashLifeMs(200));
    expect(SETTLE_MS).toBeLessThan(BRIEF_LEASE_MS);
    expect(BRIEF_LEASE_MS).toBe(blockhashLifeMs(200) / 3);
    expect(DECISION_LEASE_MS).toBe(4 * blockhashLifeMs(200));
  });

  it("take a dead worker's lease over while what it has signed may still land", () => {
    const { leaseMs, lockMs, stalledMs, busyMs } = beatsOf();
    expect(leaseMs).toBe(blockhashLifeMs(200) / 10);
    // The lease, or the queue's lock and two of its passes, whichever is longer. If a wake-up finds the lease
    // taken, it then rests once more.
    expect(Math.max(leaseMs, lockMs + 2 * stalledMs) + busyMs).toBeLessThan(5_000);
  });
});
