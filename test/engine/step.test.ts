import { describe, expect, it } from "vitest";
import type { Attempt, Evidence, Signature, TransactionFailure } from "../../src/engine/ports.ts";
import { hasExpired, isLegal, judge, TRANSITIONS } from "../../src/engine/step.ts";

const failure: TransactionFailure = { error: "x", message: "it failed" };

const attempt = (number: number, lastValidBlockHeight = 100n): Attempt => ({
  number,
  signature: `signature${number}` as Signature,
  wire: "" as Attempt["wire"],
  blockhash: "" as Attempt["blockhash"],
  lastValidBlockHeight,
  costs: { network: 0n, priority: 0n, rent: 0n } as Attempt["costs"],
  status: "live",
  createdAt: new Date(0),
});

type Status = { slot: bigint; finalized: boolean; failure: TransactionFailure | null } | null;
const evidence = (statuses: Status[], over: Partial<Evidence> = {}): Evidence => ({
  finalizedBlockHeight: 102n,
  heightSlot: 1_000n,
  statusSlot: 1_000n,
  statuses: new Map(statuses.map((status, at) => [`signature${at + 1}` as Signature, status])),
  ...over,
});
const landed = { slot: 900n, finalized: true, failure: null };

describe("the re-sign rule", () => {
  it("takes an attempt for dead only past block L + 1, because inclusion in L + 1 is possible", () => {
    expect(hasExpired(100n, 101n)).toBe(false);
    expect(hasExpired(100n, 102n)).toBe(true);
    expect(judge([attempt(1)], evidence([null], { finalizedBlockHeight: 101n })).verdict).toBe("unknown");
    expect(judge([attempt(1)], evidence([null])).verdict).toBe("dead");
  });

  it("does not trust a null of an endpoint that is behind the height reading", () => {
    expect(judge([attempt(1)], evidence([null], { statusSlot: 999n })).verdict).toBe("unknown");
  });

  it("needs an answer for every earlier attempt", () => {
    expect(judge([attempt(1), attempt(2)], evidence([null])).verdict).toBe("unknown");
    expect(judge([attempt(1), attempt(2)], evidence([null, null])).verdict).toBe("dead");
  });

  it("finds that an earlier attempt landed, whatever the later ones look like", () => {
    expect(judge([attempt(1), attempt(2)], evidence([landed, null]))).toMatchObject({
      verdict: "landed",
      attempt: 1,
    });
    expect(judge([attempt(1), attempt(2, 500n)], evidence([landed, null]))).toMatchObject({
      verdict: "landed",
    });
  });

  it("takes an on-chain error for dead only once it is final", () => {
    expect(judge([attempt(1)], evidence([{ slot: 1n, finalized: false, failure }])).verdict).toBe("unknown");
    expect(judge([attempt(1)], evidence([{ slot: 1n, finalized: true, failure }]))).toMatchObject({
      verdict: "dead",
      failure,
    });
  });

  it("keeps waiting for a live attempt even when another one is dead", () => {
    const mixed = evidence([{ slot: 1n, finalized: true, failure }, null]);
    expect(judge([attempt(1), attempt(2, 500n)], mixed).verdict).toBe("unknown");
  });
});

describe("the transition table", () => {
  it("has no way out of what is final", () => {
    expect(TRANSITIONS.finalized).toEqual([]);
    expect(TRANSITIONS.failed).toEqual([]);
    expect(TRANSITIONS.cancelled).toEqual([]);
  });

  it("cannot sign again while something is in flight or confirmed", () => {
    expect(isLegal("confirmed", "ready")).toBe(false);
    expect(isLegal("in_flight", "in_flight")).toBe(false);
    expect(isLegal("in_flight", "cancelled")).toBe(false);
  });
});
