/** Tests that a status says of each failure its code and what to do. */
import pc from "picocolors";
import { expect, it } from "vitest";
import { describeStatus, type KnownStatus } from "../../src/cli/status-text.ts";
import { REGISTRY } from "../../src/errors/index.ts";

const PLAIN = pc.createColors(false);

type Failed = { readonly code: string; readonly message: string };

const legOf = (leg: number, failure: Failed) => ({
  leg,
  walletId: `wallet_${leg}`,
  address: "So11111111111111111111111111111111111111112",
  lamports: "1000",
  status: "failed",
  failure,
});

const failed = (failure: Failed | undefined, legs: readonly ReturnType<typeof legOf>[] = []) =>
  ({
    jobId: "op_1",
    status: "failed",
    progress: 0,
    data: { mode: "prefunded", buyAmount: "0.1", tokenAddress: "mint" },
    result: { landed: 0, partial: false, legs },
    ...(failure === undefined ? {} : { failedReason: failure.message, failure }),
  }) as unknown as KnownStatus;

it("of a failed operation has the code, the message and the remedy", () => {
  const failure = { code: "CTO_E_MINT_INVALID", message: "It is no mint" };
  const lines = describeStatus(failed(failure), 6, PLAIN).split("\n");
  expect(lines.slice(-2)).toEqual([
    "CTO_E_MINT_INVALID It is no mint",
    `  What to do: ${REGISTRY.CTO_E_MINT_INVALID.remedy}`,
  ]);
});

it("explains each code of the legs once, and not the operation's own again", () => {
  const own = { code: "CTO_E_WALLETS_UNFIT", message: "unfit" };
  const moved = (leg: number) => legOf(leg, { code: "CTO_E_PRICE_MOVED", message: `moved ${leg}` });
  const text = describeStatus(failed(own, [legOf(1, own), moved(2), moved(3)]), 6, PLAIN);
  expect(text).toContain(
    `Leg 2: CTO_E_PRICE_MOVED moved 2\n  What to do: ${REGISTRY.CTO_E_PRICE_MOVED.remedy}`,
  );
  expect(text.split("What to do")).toHaveLength(3);
  expect(text).not.toContain("moved 3");
});

it("of a failure of another release has its code alone: this one knows no remedy", () => {
  const text = describeStatus(failed({ code: "CTO_E_OF_TOMORROW", message: "new" }), 6, PLAIN);
  expect(text.split("\n").at(-1)).toBe("CTO_E_OF_TOMORROW new");
});

it("has a percentage only while the operation is under way", () => {
  const status = { ...failed(undefined), progress: 100 };
  expect(describeStatus(status, 6, PLAIN).split("\n")[0]).toBe("op_1  failed");
  const active = { ...status, status: "active", progress: 40 } as KnownStatus;
  expect(describeStatus(active, 6, PLAIN).split("\n")[0]).toBe("op_1  active, 40 % of its work done");
});

it("of a sweep names no token, because it buys none", () => {
  const status = failed(undefined);
  const tokenAddress = "So11111111111111111111111111111111111111112";
  const swept = { ...status, data: { ...status.data, tokenAddress } };
  const text = describeStatus(swept, undefined, PLAIN);
  expect(text).toContain("a sweep: 0.1 SOL at most back to the funding wallet");
  expect(text).not.toContain(tokenAddress);
});
