/**
 * Tests external signers: one that is slower than a blockhash lives, and one that does not state which versions it
 * signs.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

beforeAll(async () => {
  stage = await openStage({ buyers: 2, cluster: "today" });
});
afterEach(() => worker?.close());
afterAll(() => stage.close());

async function operate(wrapPorts: (ports: WorkerPorts) => WorkerPorts) {
  const { context, mint, userId, localnet } = stage;
  worker = await createCTOWorker({ context, wrapPorts });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.2 });
  const { jobId } = await enqueue(context, job, 0, {});
  expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 2 } });
  expect([...landings(localnet.cluster, jobId).values()]).toEqual([1, 1]);
  return { jobId, steps: await context.journal.readSteps(jobId) };
}

describe("a signer", () => {
  it("that is slower than a blockhash lives gets a fresh one, when what it signed first is dead", async () => {
    const { cluster } = stage.localnet;
    let isSlow = true;
    const finalHeights: bigint[] = [];
    const { steps } = await operate((ports) => ({
      ...ports,
      keyring: {
        ...ports.keyring,
        sign: async (...asked) => {
          const signed = await ports.keyring.sign(...asked);
          finalHeights.push(cluster.head("finalized").height);
          if (isSlow) cluster.tick(200);
          isSlow = false;
          return signed;
        },
      },
    }));
    const late = steps.filter(({ attempts }) => attempts.length > 1);
    expect(late.length).toBeGreaterThan(0);
    for (const { attempts } of late) {
      expect(attempts.map(({ status }) => status)).toEqual(["dead", "landed"]);
      const [first, second] = attempts;
      // There are never two attempts that may land: the second was signed when the first one's last block was
      // final.
      const l = first?.lastValidBlockHeight ?? 0n;
      expect(Math.max(...finalHeights.map(Number))).toBeGreaterThan(Number(l) + 1);
      expect(second?.lastValidBlockHeight).toBeGreaterThan(l + 150n);
    }
  });

  it("that does not say which versions it signs signs version 0, where the cluster takes version 1", async () => {
    const { steps } = await operate((ports) => ({
      ...ports,
      keyring: { ...ports.keyring, newestVersion: async () => 0 },
    }));
    expect(steps.flatMap(({ attempts }) => attempts.map(({ messageVersion }) => messageVersion))).toEqual([
      0, 0,
    ]);
  });
});
