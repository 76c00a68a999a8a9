/** Tests on a whole system that we do not buy from a venue whose transaction delivers less than the venue promised. */
import { afterEach, expect, it } from "vitest";
import type { OpenVenue } from "../../src/engine/ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { exceptBuys } from "../support/unjudged.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage.close();
});

/**
 * Makes the same transactions, but states twice their minimum, as if the program used the minimum for
 * something else.
 */
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

it.each([
  [
    "the simulation, when the wallet receives less than its transaction asks for",
    "CTO_E_TRANSACTION_REFUSED",
  ],
  ["the policy, when the transaction accepts less than it is said to", "CTO_E_POLICY_REFUSED"],
] as const)("is refused before anything is signed by %s", async (_by, code) => {
  stage = await openStage({ buyers: 2 });
  worker = await createCTOWorker({
    context: stage.context,
    wrapPorts: (ports) => ({
      ...claimDouble(ports),
      policy: code === "CTO_E_TRANSACTION_REFUSED" ? exceptBuys(ports.policy) : ports.policy,
    }),
  });
  const { jobId } = await enqueue(
    stage.context,
    buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1, mode: "standard" }),
    0,
    {},
  );
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "failed", failure: { code } });
  if (code === "CTO_E_TRANSACTION_REFUSED") expect(ended.failedReason).toContain("the wallet would receive");
  expect(ended.result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
  expect(landings(stage.localnet.cluster, jobId)).toEqual(new Map());
});
