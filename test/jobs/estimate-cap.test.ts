/**
 * Tests that an estimate says what the operation does if some legs would pay more than maxPrice: these legs buy nothing,
 * and the others buy.
 */
import { afterEach, expect, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate, priceOf } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

describeWithPrograms("an estimate with maxPrice", (folder) => {
  it("marks the leg that is above it, and the operation refuses that leg alone", async () => {
    const opened = await openVenueStage(folder, "cpmm", "token");
    stage = opened.stage;
    const { mint } = opened;
    const job = buildJob({ userId: stage.userId, tokenAddress: mint, mode: "standard", buyAmount: 3 });
    const asked = (maxPrice?: string) =>
      withChainPorts(stage.context, (ports) =>
        estimate(stage.context, ports, job, {
          weights: [20, 20, 1],
          slippageBps: 0,
          ...(maxPrice === undefined ? {} : { maxPrice }),
        }),
      );
    const free = await asked();
    expect(free.legs.map(({ aboveMaxPrice }) => aboveMaxPrice)).toEqual([undefined, undefined, undefined]);
    const priceFor = (at: number): string => {
      const { lamports, minTokensOut } = free.legs[at] ?? expect.fail("no leg");
      return priceOf(BigInt(lamports), BigInt(minTokensOut), free.decimals);
    };
    // The smallest leg may land last, so it may have the worst price.
    const between = String((Number(priceFor(0)) + Number(priceFor(2))) / 2);
    expect(Number(priceFor(2))).toBeGreaterThan(Number(priceFor(0)));
    const capped = await asked(Number(between).toFixed(18));
    expect(capped.legs.map(({ aboveMaxPrice }) => aboveMaxPrice)).toEqual([undefined, undefined, true]);

    worker = await createCTOWorker({ context: stage.context });
    const options = { weights: [20, 20, 1], slippageBps: 0, maxPrice: Number(between).toFixed(18) };
    const ended = await stage.ended((await enqueue(stage.context, job, 0, options)).jobId);
    expect(ended).toMatchObject({ result: { landed: 2, partial: true } });
  });
});
