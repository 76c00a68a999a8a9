/** Tests an endpoint that accepts transactions and forwards none. It is asked first; what is sent goes out by the other one, too. */
import { afterEach, expect, it } from "vitest";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { createVenues } from "../../src/venues/index.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { failing } from "../support/failing.ts";
import { makeHeavy } from "../support/heavy.ts";
import { type LyingEndpoint, startLyingEndpoint } from "../support/lying-endpoint.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let first: LyingEndpoint;
let chain: SolanaChain | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  chain?.close();
  await first.close();
  await stage.close();
});

/** Funds two buyers ahead. The second one's buy fails on chain, so that it has much to return. */
async function operate(swallows: boolean) {
  stage = await openStage({ buyers: 2, buyerSol: 0n });
  const { context, localnet, desk, userId, mint, buyers } = stage;
  first = await startLyingEndpoint(localnet.rpcUrl);
  first.swallows = swallows;
  const opened = createChain({ urls: [first.url, localnet.rpcUrl], webSocketUrl: localnet.wsUrl });
  chain = opened;
  const venues = createVenues({ chain: opened, jupiter: { url: desk.url, isDesk: async () => true } });
  const heavy = await makeHeavy();
  const unlucky = buyers.slice(1).map(({ address }) => address);
  worker = await createCTOWorker({
    context,
    wrapPorts: (ports) => failing(heavy({ ...ports, chain: opened, venues }), unlucky),
  });
  const { jobId } = await enqueue(context, buildJob({ userId, tokenAddress: mint, mode: "standard" }), 0, {});
  await stage.ended(jobId);
  return jobId;
}

const attemptsOf = async (jobId: string, kind: string) =>
  (await stage.context.journal.readSteps(jobId))
    .filter((step) => step.kind === kind)
    .flatMap(({ attempts }) => attempts.map(({ status }) => status));

it("ends no return: each lands with its first attempt", async () => {
  const jobId = await operate(false);
  first.swallows = true;
  const before = first.asked.get("sendTransaction") ?? 0;
  expect((await recover(stage.context, jobId)).state).toBe("done");
  expect(await attemptsOf(jobId, "recover")).toEqual(["landed", "landed"]);
  const left = stage.buyers.map(({ address }) => stage.localnet.cluster.account(address)?.lamports ?? 0n);
  expect(left).toEqual([0n, 0n]);
  expect((first.asked.get("sendTransaction") ?? 0) - before).toBeGreaterThan(0);
});

it("ends no funding and no buy: each lands with its first attempt", async () => {
  const jobId = await operate(true);
  expect(await attemptsOf(jobId, "fund")).toEqual(["landed"]);
  const [lucky] = (await stage.context.journal.readSteps(jobId)).filter(({ kind }) => kind === "buy");
  expect(lucky?.attempts.map(({ status }) => status)).toEqual(["landed"]);
});
