/**
 * Tests an operation at a small Jupiter plan: the builds of its legs outlive a blockhash. The legs land one after the
 * other, each with its own blockhash, and an estimate says beforehand how long that takes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { parseSol } from "../../src/contract/amount.ts";
import type { Lamports, Venues } from "../../src/engine/ports.ts";
import { openChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { readMarket } from "../../src/services/market.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { runCli } from "../cli/run-cli.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

/** A blockhash lives for 150 blocks. */
const LIFE = 150n;

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = () => ({
  userId: stage.userId,
  userChatId: 1,
  tokenAddress: stage.mint,
  buyAmount: 0.4,
  mode: "prefunded" as const,
  platform: "auto" as const,
});

/** The blocks that pass while a leg is built. Three legs take longer than a blockhash lives. */
const BLOCKS_PER_BUILD = 80n;

const slowly = (venues: Venues): Venues => ({
  ...venues,
  open: async (...asked) => {
    const open = await venues.open(...asked);
    const buy: typeof open.buy = async (request) => {
      const height = (): bigint => stage.localnet.cluster.head("processed").height;
      const until = height() + BLOCKS_PER_BUILD;
      while (height() < until) await sleep(20);
      return open.buy(request);
    };
    return { ...open, buy };
  },
});

it("lands every leg once, each with a blockhash of its own, although the builds outlive a blockhash", async () => {
  stage = await openStage({ buyers: 3, localnet: { slotMs: 10 } });
  worker = await createCTOWorker({
    context: stage.context,
    wrapPorts: (ports) => ({ ...ports, venues: slowly(ports.venues) }),
  });
  // One leg after the other, as the plan lets them through.
  const { jobId } = await enqueue(stage.context, jobOf(), 0, { parallelism: 1 });
  expect(await stage.ended(jobId)).toMatchObject({
    status: "completed",
    result: { landed: 3, partial: false },
  });
  expect(landings(stage.localnet.cluster, jobId)).toEqual(new Map([1, 2, 3].map((leg) => [leg, 1])));
  const steps = await stage.context.journal.readSteps(jobId);
  const ends = steps.flatMap(({ attempts }) => attempts.map(({ lastValidBlockHeight: end }) => end));
  const [first = 0n, ...others] = ends.toSorted((a, b) => Number(a - b));
  expect((others.at(-1) ?? 0n) - first).toBeGreaterThan(LIFE);
});

it("an estimate says how long the plan's rate takes, and estimates have a share of their own", async () => {
  stage = await openStage({ buyers: 20 });
  const env = { ...stage.env, JUPITER_REQUESTS_PER_SECOND: "0.5" };
  const ports = await openChainPorts({ ...stage.context, config: readConfig(env) });
  const found = await estimate(stage.context, ports, { ...jobOf(), platform: "jupiter" });
  // Workers may send three requests in eight seconds: two quotes, the sample, and one to three for each of 20 legs.
  expect(found.building).toMatchObject({ requestsPerSecond: 0.375, leastSeconds: 56, mostSeconds: 168 });
  // The share is seven requests a minute, and three of them are one user's part. An estimate takes three.
  const refused = { code: "CTO_E_ESTIMATES_LIMITED", context: { seconds: expect.any(Number) } };
  await expect(estimate(stage.context, ports, jobOf())).rejects.toMatchObject(refused);
  // A price at Jupiter uses the same share, and the parts are those of whoever asks.
  const query = { token: stage.mint, lamports: parseSol("0.1") as Lamports };
  await expect(readMarket(ports, { ...query, tenant: `user ${stage.userId}` })).rejects.toMatchObject(
    refused,
  );
  expect(await readMarket(ports, { ...query, tenant: "user bob" })).toMatchObject({ venue: "jupiter" });
  ports.chain.close();
  const args = ["estimate", stage.userId, stage.mint, "0.4", "--mode", "prefunded", "--platform", "jupiter"];
  const { stdout } = await runCli(args, env);
  expect(stdout).toContain("0.375 requests/s, so 20 legs need 56 to 168 s; longer than a blockhash lives");
});
