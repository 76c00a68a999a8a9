/** Tests the detection of a token's venue with the real programs: the number of RPC calls, and the cached results. */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import type { LaunchVenue } from "../../src/localnet/launch/index.ts";
import { type ChainPorts, openChainPorts } from "../../src/runtime/chain-ports.ts";
import { createDetector } from "../../src/services/detect.ts";
import { enqueue } from "../../src/services/operations.ts";
import { CURVE, curveOf } from "../../src/venues/pumpfun/program.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage | undefined;
let ports: ChainPorts | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  ports?.chain.close();
  await stage?.close();
});

describeWithPrograms("detecting a token that was launched on a real program", (folder) => {
  it.each<LaunchVenue>(["pumpfun", "cpmm"])(
    "takes one RPC call for %s, and none once it is known",
    async (venue) => {
      const opened = await openVenueStage(folder, venue, "token");
      stage = opened.stage;
      const { context } = stage;
      const opening = openChainPorts(context);
      ports = await opening;
      await ports.chain.latestBlockhash(); // The process reads the cluster's consensus once.
      const detector = createDetector(
        context,
        () => opening,
        () => 0,
      ); // A curve is cached for 10 s.
      const found = await detector.detect(opened.mint);
      expect(found).toMatchObject({ platform: venue, source: "chain", rpcCalls: 1 });
      expect(await detector.detect(opened.mint)).toMatchObject({
        platform: venue,
        source: "process",
        rpcCalls: 0,
      });
      // Another process finds the answer in the journal's cache.
      const other = createDetector(context, () => Promise.reject(new Error("nobody is to be asked")));
      expect(await other.detect(opened.mint)).toMatchObject({
        platform: venue,
        source: "shared",
        rpcCalls: 0,
      });
      expect(await detector.detect(opened.mint, { fresh: true })).toMatchObject({
        source: "chain",
        rpcCalls: 1,
      });
    },
  );
});

describe("detecting a token that no venue knows", () => {
  it("searches once with the second call, and remembers no failure", async () => {
    stage = await openStage({ buyers: 1 });
    const { context, mint } = stage;
    const opening = openChainPorts(context);
    ports = await opening;
    await ports.chain.latestBlockhash(); // The process reads the cluster's consensus once.
    const detector = createDetector(context, () => opening);
    expect(await detector.detect(mint)).toMatchObject({ platform: "unknown", source: "chain", rpcCalls: 2 });
    expect(await detector.detect(mint)).toMatchObject({ platform: "unknown", source: "chain", rpcCalls: 1 });
  });

  it("refuses what is no address, and what is no mint", async () => {
    stage = await openStage({ buyers: 1 });
    const { context, buyers } = stage;
    const opening = openChainPorts(context);
    ports = await opening;
    await ports.chain.latestBlockhash(); // The process reads the cluster's consensus once.
    const detector = createDetector(context, () => opening);
    await expect(detector.detect("nonsense")).rejects.toMatchObject({ code: "CTO_E_TOKEN_ADDRESS_INVALID" });
    await expect(detector.detect(buyers[0]?.address ?? "")).rejects.toMatchObject({
      code: "CTO_E_MINT_INVALID",
    });
  });
});

describe("a pump.fun coin that graduated to Raydium in 2024", () => {
  it("is bought from the aggregator, by `auto` and by `pumpfun`", async () => {
    stage = await openStage({ buyers: 2 });
    const { context, localnet, mint, userId } = stage;
    // Its curve is complete, the migration has emptied all four reserves, and there is no PumpSwap pool.
    const data = new Uint8Array(166);
    data.set(CURVE.discriminator);
    data[48] = 1;
    const rent = lamports(localnet.cluster.rentExemption(166n));
    const curve = {
      address: await curveOf(mint),
      owner: CURVE.owner,
      lamports: rent,
      data,
      executable: false,
    };
    localnet.cluster.setAccount(curve);
    worker = await createCTOWorker({ context });
    for (const platform of ["auto", "pumpfun"]) {
      const job = { userId, userChatId: 1, tokenAddress: mint, buyAmount: 0.2, mode: "prefunded" as const };
      const { jobId } = await enqueue(context, { ...job, platform }, 0, {});
      expect(await stage.ended(jobId)).toMatchObject({
        status: "completed",
        result: { venue: "jupiter", landed: 2, spentLamports: "200000000" },
      });
    }
  });
});
