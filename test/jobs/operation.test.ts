import { afterEach, describe, expect, it } from "vitest";
import { type CTOWorker, createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import type { CTOJob } from "../../src/jobs/types.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

const open = async (options: StageOptions = {}): Promise<void> => {
  stage = await openStage(options);
  worker = await createCTOWorker({ context: stage.context });
};

const job = (over: Partial<CTOJob> = {}): CTOJob => ({
  userId: stage.userId,
  userChatId: 1,
  tokenAddress: stage.mint,
  buyAmount: 1.5,
  mode: "prefunded",
  platform: "auto",
  ...over,
});

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

describe("an operation", () => {
  it.each(["prefunded", "standard"] as const)("lands every leg in %s mode", async (mode) => {
    await open();
    const { jobId } = await enqueue(stage.context, job({ mode }), 0, {});
    const ended = await stage.ended(jobId);
    console.log(JSON.stringify(ended, null, 1));
    expect(ended).toMatchObject({ status: "completed", progress: 100 });
    expect(ended.result).toMatchObject({
      landed: 3,
      partial: false,
      venue: "jupiter",
      spentLamports: "1500000000",
    });
    for (const leg of ended.result.legs) {
      expect(leg.lamports).toBe("500000000");
      expect(BigInt(leg.tokensReceived ?? 0)).toBeGreaterThan(0n);
    }
  });
});
