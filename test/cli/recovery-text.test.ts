/** Tests that every amount of a recovery and of a sweep has its unit, and that a sweep is called one. */
import pc from "picocolors";
import { expect, it } from "vitest";
import { titleOf } from "../../src/cli/follow.ts";
import { describeRecovery, describeRecoveryPreview } from "../../src/cli/recovery-text.ts";
import { describeStatus, type KnownStatus } from "../../src/cli/status-text.ts";
import type { CTORecovery, CTORecoveryPreview } from "../../src/contract/types.ts";

const PLAIN = pc.createColors(false);

const recovery = {
  state: "done",
  returnedLamports: "650240",
  legs: [{ leg: 1, address: "wallet", returnedLamports: "650240", leftLamports: "5", status: "finalized" }],
} as unknown as CTORecovery;

const statusOf = (tokenAddress: string): KnownStatus =>
  ({
    jobId: "op_1",
    status: "completed",
    progress: 100,
    data: { mode: "standard", buyAmount: "0.00195072", tokenAddress },
    result: { landed: 0, partial: false, legs: [], recovery },
  }) as unknown as KnownStatus;

const SWEPT = "So11111111111111111111111111111111111111112";

it("shows the amounts of a result and of its preview in SOL, and says so", () => {
  const text = describeRecovery(recovery, PLAIN);
  expect(text).toContain("returned, SOL");
  expect(text).toContain("left, SOL");
  expect(text.split("0.00065024")).toHaveLength(3);
  expect(text).toContain("0.000000005");
  expect(text).not.toContain("650,240");
  const preview = describeRecoveryPreview(
    {
      fundingAddress: "funding",
      returnLamports: "650240",
      feeLamports: "10000",
      legs: [
        { leg: 1, address: "wallet", returnLamports: "650240", owedLamports: "700000", emptyAccounts: 0 },
      ],
    } as unknown as CTORecoveryPreview,
    PLAIN,
  );
  expect(preview).toContain("would return, SOL");
  expect(preview).toContain("of, SOL");
  expect(preview).toContain("0.0007");
  expect(preview).not.toMatch(/650,240|700,000/);
});

it("calls a sweep a sweep, at its beginning and at its end", () => {
  expect(describeRecovery(recovery, PLAIN, "Sweep")).toContain("Sweep done: 0.00065024 SOL returned");
  expect(describeStatus(statusOf(SWEPT), undefined, PLAIN)).toContain("Sweep done");
  expect(describeStatus(statusOf("mint"), undefined, PLAIN)).toContain("Recovery done");
  expect(titleOf(statusOf(SWEPT))).toBe("op_1  sweep  0.00195072 SOL at most back to the funding wallet");
  expect(titleOf(statusOf("mint"))).toBe("op_1  standard  0.00195072 SOL");
});
