/**
 * Tests that the second verifier agrees with ours on honest and on altered receipts. `npm run verifiers` uses 1,000
 * simulated and 20 real operations; the suite uses a sample of them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader, loadReceipt, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { alter } from "./alter.ts";
import { type RecordedChain, serveChain } from "./chain-server.ts";
import { findPython, startPython, type Verdict } from "./python.ts";
import { recordChain } from "./record.ts";
import { simulated } from "./simulated.ts";

const SIMULATED = Number(process.env.CTO_VERIFIERS_SIMULATED ?? 12);
const LOCALNET = Number(process.env.CTO_VERIFIERS_LOCALNET ?? 3);

const python = findPython();

type Judged = Pick<Verdict, "ok" | "memosVerified" | "transactions" | "failedTransactions">;

const judged = ({ ok, memosVerified, transactions, failedTransactions }: Judged): Judged => ({
  ok,
  memosVerified,
  transactions,
  failedTransactions,
});

/** Counts the verdicts of both verifiers on honest and altered receipts. Throws if they differ. */
async function compareBoth(receipts: readonly Receipt[], rpcUrl: string, seed: number) {
  if (python === null) throw new Error("no python3");
  const second = startPython(python, rpcUrl);
  const reader = createChainReader(rpcUrl);
  const counts = { honest: 0, confirmed: 0, memos: 0, altered: 0, caught: 0 };
  try {
    for (const [at, receipt] of receipts.entries()) {
      const first = await verifyReceipt(receipt, reader);
      const other = await second.verify(receipt);
      const context = `seed ${seed}, ${receipt.operationId}: ${[...first.problems, ...other.problems].join("; ")}`;
      expect(judged(other), context).toEqual(judged(first));
      expect(first.problems, context).toEqual([]);
      counts.honest += 1;
      counts.confirmed += first.ok ? 1 : 0;
      counts.memos += first.memosVerified;
      const lie = alter(receipt, seed * 100 + at) as Receipt;
      const ours = await verifyReceipt(lie, reader);
      const theirs = await second.verify(lie);
      expect(judged(theirs), JSON.stringify({ seed, ours, theirs, lie })).toEqual(judged(ours));
      counts.altered += 1;
      counts.caught += ours.ok ? 0 : 1;
    }
  } finally {
    second.close();
  }
  return counts;
}

/** Generates the honest receipts of `verifiers/forgeries`, and their chain. */
async function record(rpcUrl: string, receipts: readonly Receipt[]): Promise<void> {
  const folder = new URL("../../verifiers/forgeries/", import.meta.url);
  await mkdir(new URL("honest/", folder), { recursive: true });
  for (const receipt of receipts) {
    const name = `honest/${receipt.asked.mode}-${receipt.asked.lamports}.json`;
    await writeFile(new URL(name, folder), `${JSON.stringify(receipt, null, 2)}\n`);
  }
  const chain = await recordChain(rpcUrl, receipts);
  await writeFile(new URL("chain.json", folder), `${JSON.stringify(chain)}\n`);
}

describe.skipIf(python === null)("the second verifier", () => {
  it(`agrees on ${SIMULATED} simulated operations`, { timeout: 1_200_000 }, async () => {
    let chain: RecordedChain | null = null;
    const server = await serveChain(() => chain ?? expect.unreachable("no chain yet"));
    const sum = { honest: 0, confirmed: 0, memos: 0, altered: 0, caught: 0 };
    try {
      for (let seed = 1; sum.honest < SIMULATED; seed += 1) {
        const left = await simulated(seed);
        chain = left.chain;
        const counts = await compareBoth(left.receipts, server.url, seed);
        for (const name of ["honest", "confirmed", "memos", "altered", "caught"] as const)
          sum[name] += counts[name];
      }
    } finally {
      await server.close();
    }
    console.log(`simulated: ${JSON.stringify(sum)}`);
    expect(sum.confirmed).toBe(sum.honest);
    expect(sum.memos).toBeGreaterThan(SIMULATED / 2);
    expect(sum.caught).toBeGreaterThan(sum.altered / 2);
  });
});

describe.skipIf(python === null)("the second verifier on a localnet", () => {
  let stage: Stage;
  let worker: CTOWorker;
  beforeAll(async () => {
    stage = await openStage({ fundingSol: 1_000n, buyerSol: 100n });
    worker = await createCTOWorker({ context: stage.context });
  });
  afterAll(async () => {
    await worker.close();
    await stage.close();
  });

  it(`agrees on ${LOCALNET} operations`, { timeout: 1_200_000 }, async () => {
    const { context, userId, mint: tokenAddress, localnet } = stage;
    const jobs: string[] = [];
    for (let at = 0; at < LOCALNET; at += 1) {
      const mode = at % 2 === 0 ? "standard" : "prefunded";
      const job = buildJob({ userId, tokenAddress, buyAmount: `0.${11 + at}`, mode });
      const weights = at % 3 === 2 ? { weights: [1, 2, 3] } : {};
      const { jobId } = await enqueue(context, job, 0, weights);
      await stage.ended(jobId);
      jobs.push(jobId);
    }
    const reader = createChainReader(localnet.rpcUrl);
    const receipts = await Promise.all(jobs.map((jobId) => loadReceipt(context, jobId, reader)));
    if (process.env.CTO_VERIFIERS_RECORD) await record(localnet.rpcUrl, receipts);
    const counts = await compareBoth(receipts, localnet.rpcUrl, 1);
    console.log(`localnet: ${JSON.stringify(counts)}`);
    expect(counts).toMatchObject({ honest: LOCALNET, confirmed: LOCALNET, memos: 3 * LOCALNET });
  });
});
