/**
 * Tests that a failover to a PostgreSQL standby that lags cannot buy twice: workers that run go on with the promoted
 * standby, sign nothing there until the restore is declared, and then find on chain what the standby never knew.
 */
import { afterEach, expect, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { declareRestore } from "../../src/services/restore.ts";
import { whySigningWaits } from "../../src/services/signing-waits.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { type Replicated, startReplicated } from "../support/standby.ts";

let servers: Replicated | undefined;
let stage: Stage | undefined;
let worker: CTOWorker | undefined;
afterEach(async () => {
  await worker?.close();
  await stage?.close();
  await servers?.close();
});

/** Longer than several wake-ups of a worker that may not sign, ms. */
const UNDECLARED_MS = 6_000;

it("a standby that lacks the last signatures is not signed in before `cto restore`, and then buys what was not bought", async () => {
  const replicated = await startReplicated();
  servers = replicated;
  const opened = await openStage({ databaseUrl: replicated.url, buyers: 2 });
  stage = opened;
  const { context, localnet, mint, userId } = opened;
  const { journal } = context;
  const statuses = async (id: string) => (await journal.readSteps(id)).map(({ status }) => status);

  // The standby gets the plan, and a halt.
  await halt(context, "a test");
  worker = await createCTOWorker({ context, sweepMs: 500 });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5, mode: "standard" });
  const { jobId } = await enqueue(context, job, 0, {});
  await expect.poll(() => statuses(jobId), { timeout: 20_000 }).toEqual(["ready", "ready"]);
  await expect.poll(() => journal.readReached(), { timeout: 20_000 }).not.toBeNull();
  await replicated.followed();
  await replicated.cutOff();

  // Then leg 1 lands. Leg 2 is signed, but its bytes never arrive.
  localnet.faults.intercept = (method, params) => {
    if (method !== "sendTransaction") return undefined;
    const isSecond = Buffer.from(String(params[0]), "base64").includes(":buy:2/2");
    return isSecond ? { httpStatus: 503 } : undefined;
  };
  await resume(context);
  const [one, both] = [new Map([[1, 1]]), new Map([1, 2].map((leg) => [leg, 1]))];
  await expect.poll(() => landings(localnet.cluster, jobId), { timeout: 20_000 }).toEqual(one);
  await expect
    .poll(() => statuses(jobId), { timeout: 20_000 })
    .toMatchObject([expect.stringMatching("confirmed|finalized"), "in_flight"]);

  // The primary dies, and the workers find the promoted standby behind the same name.
  await replicated.killPrimary();
  await replicated.promote();
  await expect
    .poll(() => statuses(jobId).catch(() => "away"), { timeout: 20_000 })
    .toEqual(["ready", "ready"]);
  await resume(context);
  expect(await whySigningWaits(context)).toContain("CTO_E_JOURNAL_COPIED");
  await new Promise((resolve) => setTimeout(resolve, UNDECLARED_MS));
  expect(await statuses(jobId)).toEqual(["ready", "ready"]);
  expect(landings(localnet.cluster, jobId)).toEqual(one);
  expect(await journal.readHalt(), "it is no halt").toBeNull();

  // The very same bytes may be sent again (R2). The worker has lost its lease by now, and sends nothing more.
  localnet.faults.intercept = undefined;
  await withChainPorts(context, (ports) => declareRestore(context, ports, "a failover"));
  expect(await whySigningWaits(context)).toBeNull();
  localnet.cluster.tick(200);
  expect(await opened.ended(jobId)).toMatchObject({
    status: "completed",
    result: { landed: 2, partial: false },
  });
  expect(landings(localnet.cluster, jobId)).toEqual(both);
}, 120_000);
