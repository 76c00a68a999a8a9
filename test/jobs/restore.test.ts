/**
 * Tests that a restored backup cannot buy twice, on PostgreSQL and on MongoDB: we find on chain what was signed after
 * it.
 */
import { afterEach, describe, expect, inject, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { declareRestore } from "../../src/services/restore.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { takeBackup } from "../support/backup.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(mongo === null ? [] : [["MongoDB", { mongo }] as [string, StageOptions]]),
];

describe.each(JOURNALS)("a journal on %s that is put back from a backup", (_name, options) => {
  let stage: Stage;
  let worker: CTOWorker | undefined;

  const work = async (): Promise<CTOWorker> => {
    worker = await createCTOWorker({ context: stage.context, sweepMs: 500 });
    return worker;
  };
  afterEach(async () => {
    stage.localnet.faults.intercept = undefined;
    await worker?.close();
    await stage.close();
  });

  it("refuses to go on undeclared; declared, it buys only what was not bought", async () => {
    stage = await openStage({ ...options, buyers: 2 });
    const { context, localnet, mint, userId } = stage;
    const { journal } = context;
    const statuses = async (id: string) => (await journal.readSteps(id)).map(({ status }) => status);

    // The backup contains a plan without signatures.
    await halt(context, "a backup is taken");
    const first = await work();
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5, mode: "standard" });
    const { jobId } = await enqueue(context, job, 0, {});
    await expect.poll(() => statuses(jobId), { timeout: 20_000 }).toEqual(["ready", "ready"]);
    await expect.poll(() => journal.readReached(), { timeout: 20_000 }).not.toBeNull();
    const reached = await journal.readReached();
    const putBack = await takeBackup(stage);

    // After the backup, leg 1 lands. Leg 2 is signed, but its bytes never arrive.
    localnet.faults.intercept = (method, params) => {
      if (method !== "sendTransaction") return undefined;
      const isSecond = Buffer.from(String(params[0]), "base64").includes(":buy:2/2");
      return isSecond ? { httpStatus: 503 } : undefined;
    };
    await resume(context);
    await expect
      .poll(() => landings(localnet.cluster, jobId), { timeout: 20_000 })
      .toEqual(new Map([[1, 1]]));
    await expect
      .poll(() => statuses(jobId), { timeout: 20_000 })
      .toMatchObject([expect.stringMatching("confirmed|finalized"), "in_flight"]);
    await first.close();
    localnet.faults.intercept = undefined;
    localnet.cluster.tick(2_000);

    // The disk fails. The operator restores the backup, but does not declare it.
    await putBack();
    expect(await statuses(jobId)).toEqual(["ready", "ready"]);
    await resume(context);
    const undeclared = await work();
    await expect
      .poll(async () => (await journal.readHalt())?.reason, { timeout: 20_000 })
      .toContain("CTO_E_JOURNAL_BEHIND");
    await undeclared.close();
    expect(landings(localnet.cluster, jobId)).toEqual(new Map([[1, 1]]));

    const { open, since } = await withChainPorts(context, (ports) =>
      declareRestore(context, ports, "the disk died"),
    );
    expect(open).toBe(1);
    expect(since).toBe(reached?.first);
    await resume(context);
    await work();
    // There is no proof until everything that was signed so far has expired.
    localnet.cluster.tick(200);
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: false } });
    expect(landings(localnet.cluster, jobId)).toEqual(new Map([1, 2].map((leg) => [leg, 1])));
    const [one, two] = await journal.readSteps(jobId);
    const onChain = localnet.cluster.history().map(({ signature }) => signature);
    expect(onChain).toContain(one?.attempts[0]?.signature);
    expect([one?.attempts.length, two?.attempts.length]).toEqual([1, 1]);
  }, 120_000);
});
