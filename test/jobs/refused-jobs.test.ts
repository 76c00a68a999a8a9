/** Tests that `enqueueCTOOperation` refuses invalid jobs and then writes nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CTOJob, EnqueueOptions } from "../../src/contract/types.ts";
import { enqueue } from "../../src/services/operations.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.context.journal.addUser({ id: "walletless" });
});
afterAll(() => stage.close());

const WRAPPED_SOL = "So11111111111111111111111111111111111111112";

type Case = [what: string, code: string, job: Record<string, unknown>, options?: EnqueueOptions];

const CASES: Case[] = [
  ["a malformed token address", "CTO_E_TOKEN_ADDRESS_INVALID", { tokenAddress: "token1" }],
  [
    "an address of 31 bytes",
    "CTO_E_TOKEN_ADDRESS_INVALID",
    { tokenAddress: "1111111111111111111111111111111" },
  ],
  ["wrapped SOL as the token", "CTO_E_TOKEN_IS_WRAPPED_SOL", { tokenAddress: WRAPPED_SOL }],
  ["an amount of zero", "CTO_E_AMOUNT_INVALID", { buyAmount: 0 }],
  ["a negative amount", "CTO_E_AMOUNT_INVALID", { buyAmount: -1 }],
  ["NaN", "CTO_E_AMOUNT_INVALID", { buyAmount: Number.NaN }],
  ["an infinite amount", "CTO_E_AMOUNT_INVALID", { buyAmount: Number.POSITIVE_INFINITY }],
  ["more than nine decimals", "CTO_E_AMOUNT_INVALID", { buyAmount: 1.0000000001 }],
  ["an amount above the limit", "CTO_E_AMOUNT_ABOVE_LIMIT", { buyAmount: 100.000000001 }],
  ["fewer lamports than wallets", "CTO_E_AMOUNT_TOO_SMALL", { buyAmount: 0.000000002 }],
  ["an unknown mode", "CTO_E_MODE_UNKNOWN", { mode: "mixed" }],
  ["an unknown platform", "CTO_E_PLATFORM_UNKNOWN", { platform: "pumpfunn" }],
  ["an unknown user", "CTO_E_USER_UNKNOWN", { userId: "nobody" }],
  ["a user without wallets", "CTO_E_USER_HAS_NO_WALLETS", { userId: "walletless" }],
  ["too few weights", "CTO_E_WEIGHTS_INVALID", {}, { weights: [1, 2] }],
  ["a wallet of somebody else", "CTO_E_WALLET_SELECTION_INVALID", {}, { walletIds: ["w_other"] }],
  ["a missing field", "CTO_E_OPERATION_INVALID", { mode: undefined }],
  ["a field of the wrong type", "CTO_E_OPERATION_INVALID", { userChatId: "12" }],
  ["a field that a job does not have", "CTO_E_OPERATION_INVALID", { sellAmount: 1 }],
  ["an option that does not exist", "CTO_E_OPERATION_INVALID", {}, { jitter: 1 } as EnqueueOptions],
  ["a weight of zero", "CTO_E_OPERATION_INVALID", {}, { weights: [1, 0, 1] }],
  ["more slippage than there is", "CTO_E_OPERATION_INVALID", {}, { slippageBps: 10_001 }],
];

describe("the validation of enqueueCTOOperation", () => {
  it.each(CASES)("refuses %s with %s, and writes nothing", async (_what, code, over, options = {}) => {
    const job = buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1, ...over }) as CTOJob;
    await expect(enqueue(stage.context, job, 0, options)).rejects.toMatchObject({ code, name: "CTOError" });
    expect(await stage.context.journal.listOperations({ limit: 10 })).toEqual([]);
    const counts = await stage.context.queue.counts();
    expect(Object.values(counts).reduce((all, count) => all + count, 0)).toBe(0);
  });

  it("lists the valid modes and platforms", async () => {
    const job = buildJob({ userId: "x", tokenAddress: stage.mint, buyAmount: 1, platform: "x" });
    await expect(enqueue(stage.context, job as CTOJob, 0, {})).rejects.toThrow(
      /pumpfun, bonk, pumpswap, cpmm, meteora, heaven, jupiter, unknown, auto/,
    );
    await expect(
      enqueue(stage.context, { ...job, platform: "auto", mode: "x" } as unknown as CTOJob, 0, {}),
    ).rejects.toThrow(/standard, prefunded/);
  });

  it("refuses a priority that BullMQ does not know", async () => {
    const job = { userId: stage.userId, userChatId: 1, tokenAddress: stage.mint, buyAmount: 1 };
    await expect(
      enqueue(stage.context, { ...job, mode: "prefunded", platform: "auto" }, -1, {}),
    ).rejects.toMatchObject({ code: "CTO_E_OPERATION_INVALID" });
  });
});
