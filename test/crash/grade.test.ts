/** Tests that the grading of a crash run finds each kind of violation. */
import { afterEach, expect, it } from "vitest";
import { type Evidence, grade, lamportsOf } from "../../crash/grade.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

it("the crash sweep's ledger passes an honest run, and sees every way of cheating", async () => {
  stage = await openStage({ buyers: 2, buyerSol: 0n });
  const { context, localnet, userId, mint, buyers, funding, ended } = stage;
  const { cluster } = localnet;
  worker = await createCTOWorker({ context });
  const wallets = [funding, ...buyers].map(({ address }) => address);
  while (lamportsOf(cluster, wallets) === 0n) await new Promise((resolve) => setTimeout(resolve, 20));
  const lamportsBefore = lamportsOf(cluster, wallets);
  const historyBefore = cluster.history().length;
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.2, mode: "standard" });
  const { jobId } = await enqueue(context, job, 0, {});
  await ended(jobId);
  const operation = await context.journal.readOperation(jobId);
  const steps = await context.journal.readSteps(jobId);
  const honest: Evidence = { cluster, historyBefore, wallets, lamportsBefore, operation, steps };
  const [first, ...others] = steps;
  if (first === undefined || operation === null) throw new Error("no operation");
  const told = (changed: Partial<Evidence>): string => grade({ ...honest, ...changed }).join("\n");

  expect(told({})).toBe("");
  const rentExemption = cluster.rentExemption.bind(cluster);
  const account = cluster.account.bind(cluster);
  const twice = [...cluster.history(), ...cluster.history().slice(historyBefore)];
  expect(told({ cluster: { history: () => twice, account, rentExemption } })).toContain(
    "leg 1 has landed 2 times",
  );
  expect(told({ lamportsBefore: lamportsBefore + 5_000_000n })).toContain("lamports were spent");
  expect(told({ steps: [{ ...first, attempts: [] }, ...others] })).toContain("not in the journal");
  expect(told({ steps: [{ ...first, status: "failed" }, ...others] })).toContain("leg 1 is failed");
  expect(told({ steps: others })).toContain("leg 1 has landed and is not in the plan");
  expect(told({ operation: { ...operation, id: "op_another" } })).toContain("which the run does not know");
  const none = { history: () => [], account, rentExemption };
  expect(told({ cluster: none })).toContain("has not landed");
});
