/** Tests the re-sign rule and how the evidence of several endpoints decides about a step. */
import { describe, expect, it } from "vitest";
import type { Attempt, Evidence, Signature, TransactionFailure } from "../../src/engine/ports.ts";
import {
  failedAt,
  hasExpired,
  isLegal,
  judge,
  mayResign,
  sayFailure,
  TRANSITIONS,
} from "../../src/engine/step/step.ts";

const failure: TransactionFailure = { error: "x", message: "it failed" };

const attempt = (number: number, lastValidBlockHeight = 100n): Attempt => ({
  number,
  signature: `signature${number}` as Signature,
  messageVersion: 0,
  wire: "" as Attempt["wire"],
  blockhash: "" as Attempt["blockhash"],
  lastValidBlockHeight,
  blockhashSlot: 500n,
  costs: { network: 0n, priority: 0n, rent: 0n } as Attempt["costs"],
  status: "live",
  createdAt: new Date(0),
});

type Status = { slot: bigint; finalized: boolean; failure: TransactionFailure | null } | null;
const evidence = (statuses: Status[], over: Partial<Evidence> = {}): Evidence[] => [
  {
    endpoint: "a",
    finalizedBlockHeight: 102n,
    heightSlot: 1_000n,
    statusSlot: 1_000n,
    firstAvailableSlot: 500n,
    statuses: new Map(statuses.map((status, at) => [`signature${at + 1}` as Signature, status])),
    ...over,
  },
];
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

  it.each(["AccountNotFound", "InsufficientFundsForFee"])(
    "takes %s in a block for dead like any error, although it was not run and has cost nothing",
    (error) => {
      const unpaid = { error, message: "its payer cannot pay" };
      const attempts = [attempt(1, 5_000n)]; // Its blockhash is still valid, but the cluster does not accept the message again.
      const final = evidence([{ slot: 1n, finalized: true, failure: unpaid }]);
      expect(judge(attempts, final)).toMatchObject({ verdict: "dead", failure: unpaid });
      expect(mayResign({ status: "in_flight", attempts }, final)).toBe(true);
      const early = evidence([{ slot: 1n, finalized: false, failure: unpaid }]);
      expect(judge(attempts, early).verdict).toBe("unknown");
      expect(attempts.map((one) => failedAt(one, final))).toEqual([undefined]);
      const paid = evidence([{ slot: 1n, finalized: true, failure: { error: {}, message: "it failed" } }]);
      expect(attempts.map((one) => failedAt(one, paid))).toEqual([1n]);
    },
  );

  it("keeps waiting for a live attempt even when another one is dead", () => {
    const mixed = evidence([{ slot: 1n, finalized: true, failure }, null]);
    expect(judge([attempt(1), attempt(2, 500n)], mixed).verdict).toBe("unknown");
  });
});

describe("evidence of several endpoints", () => {
  const dead = evidence([null]);

  it("proves nothing when there is none", () => {
    expect(judge([attempt(1)], [])).toMatchObject({ verdict: "unknown" });
    expect(mayResign({ status: "in_flight", attempts: [attempt(1)] }, [])).toBe(false);
  });

  it("is dead only when every endpoint says so", () => {
    const early = evidence([null], { finalizedBlockHeight: 101n });
    expect(judge([attempt(1)], [...dead, ...dead]).verdict).toBe("dead");
    expect(judge([attempt(1)], [...dead, ...early]).verdict).toBe("unknown");
    expect(judge([attempt(1)], [...early, ...dead]).verdict).toBe("unknown");
  });

  it("is landed as soon as one endpoint has seen it, and final when that endpoint returns finalized", () => {
    const soft = evidence([{ ...landed, finalized: false }]);
    expect(judge([attempt(1)], [...dead, ...soft])).toMatchObject({ verdict: "landed", finalized: false });
    expect(judge([attempt(1)], [...soft, ...evidence([landed]), ...dead])).toMatchObject({
      verdict: "landed",
      finalized: true,
    });
  });

  it("keeps the on-chain error that one of them knows", () => {
    const failed = evidence([{ slot: 1n, finalized: true, failure }]);
    expect(judge([attempt(1)], [...dead, ...failed])).toMatchObject({ verdict: "dead", failure });
  });

  it("does not take null from an endpoint whose records begin after the attempt was signed", () => {
    const pruned = evidence([null], { firstAvailableSlot: 501n });
    expect(judge([attempt(1)], pruned)).toMatchObject({
      verdict: "unknown",
      why: expect.stringContaining("records begin"),
    });
    expect(judge([attempt(1)], [...dead, ...pruned]).verdict).toBe("unknown");
    expect(judge([attempt(1)], evidence([landed], { firstAvailableSlot: 501n })).verdict).toBe("landed");
  });
});

describe("what is said of an attempt with an error", () => {
  it("names the slot in which it cost its fee, and no slot where it was not run (SIMD-0290)", () => {
    expect(sayFailure(7n)).toBe("it failed on chain in slot 7");
    expect(sayFailure(undefined)).toBe("it is in a block with an error, and was not run");
  });
});

describe("mayResign", () => {
  it("is true only for a step whose attempts are all provably dead", () => {
    const attempts = [attempt(1), attempt(2)];
    expect(mayResign({ status: "in_flight", attempts }, evidence([null, null]))).toBe(true);
    expect(mayResign({ status: "needs_review", attempts }, evidence([null, null]))).toBe(true);
    expect(mayResign({ status: "in_flight", attempts }, evidence([null]))).toBe(false);
    expect(mayResign({ status: "in_flight", attempts }, evidence([landed, null]))).toBe(false);
  });

  it("is false where nothing was signed, and where the step has landed or ended", () => {
    expect(mayResign({ status: "in_flight", attempts: [] }, evidence([]))).toBe(false);
    for (const status of ["ready", "confirmed", "finalized", "failed", "cancelled"] as const) {
      expect(mayResign({ status, attempts: [attempt(1)] }, evidence([null]))).toBe(false);
    }
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
