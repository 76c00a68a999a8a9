/** Tests that an estimate says what the operation then does: its least tokens. */
import { afterEach, describe, expect, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

describe("an estimate", () => {
  it("at the aggregator shows as the least tokens what the operation then enforces", async () => {
    stage = await openStage({ buyers: 3 });
    const { context, userId, mint } = stage;
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5 });
    const estimated = await withChainPorts(context, (ports) => estimate(context, ports, job));
    worker = await createCTOWorker({ context });
    const ended = await stage.ended((await enqueue(context, job, 0, {})).jobId);
    const leastOf = ended.result.legs.map(({ leastTokens }) => String(leastTokens));
    expect(estimated.platform).toBe("jupiter");
    expect(estimated.legs.map(({ minTokensOut }) => minTokensOut)).toEqual(leastOf);
    for (const { minTokensOut, tokensOut } of estimated.legs)
      expect(BigInt(minTokensOut)).toBeLessThan(BigInt(tokensOut));
  });
});
