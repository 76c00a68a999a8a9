/** On a whole system: a venue whose transaction delivers less than it is said to is not bought from. */
import { afterEach, expect, it } from "vitest";
import type { OpenVenue } from "../../src/engine/ports.ts";
import { type CTOWorker, createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import type { WorkerPorts } from "../../src/jobs/worker-ports.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage.close();
});

/** The same transactions, of which twice as much is claimed: as if the program took the minimum for something else. */
const claimDouble = (ports: WorkerPorts): WorkerPorts => {
  const doubled = (open: OpenVenue): OpenVenue => ({
    ...open,
    buy: async (request) => {
      const buy = await open.buy(request);
      return { ...buy, minTokensOut: buy.minTokensOut * 2n };
    },
    ...(open.shorter
      ? { shorter: async () => doubled(await (open.shorter as () => Promise<OpenVenue>)()) }
      : {}),
  });
  const { venues } = ports;
  return {
    ...ports,
    venues: { ...venues, open: async (...asked) => doubled(await venues.open(...asked)) },
  };
};

it("ends before anything is signed when the simulated wallet receives less than its transaction asks for", async () => {
  stage = await openStage({ buyers: 2 });
  worker = await createCTOWorker({ context: stage.context, wrapPorts: claimDouble });
  const { jobId } = await enqueue(
    stage.context,
    {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: stage.mint,
      buyAmount: 1,
      mode: "standard",
      platform: "auto",
    },
    0,
    {},
  );
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_TRANSACTION_REFUSED" } });
  expect(ended.failedReason).toContain("the wallet would receive");
  expect(ended.result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
  expect(landings(stage.localnet.cluster, jobId)).toEqual(new Map());
});
