/** Tests that an estimate says what the operation then does: its least tokens, and the wallets that hold too little. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSigner, type KeyPairSigner, lamports } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { attachWallet } from "../../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { makeHeavy } from "../support/heavy.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

describe("an estimate", () => {
  it("at the aggregator shows as the least tokens what the operation then enforces", async () => {
    stage = await openStage({ buyers: 3 });
    const { context, userId, mint } = stage;
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5 });
    const estimated = await withChainPorts(context, (ports) => estimate(context, ports, job));
    worker = await createCTOWorker({ context });
    const ended = await stage.ended((await enqueue(context, job, 0, {})).jobId);
    const leastOf = ended.result.legs.map(({ leastTokens }) => String(leastTokens));
    expect(estimated.platform).toBe("jupiter");
    // The sample's transaction stands for all legs.
    expect(new Set(estimated.transactions.bytes).size).toBe(1);
    expect(estimated.legs.map(({ minTokensOut }) => minTokensOut)).toEqual(leastOf);
    for (const { minTokensOut, tokensOut } of estimated.legs)
      expect(BigInt(minTokensOut)).toBeLessThan(BigInt(tokensOut));
  });

  it("of an operation that is funded ahead names the funding wallet's shortage, and an amount that suffices", async () => {
    stage = await openStage({ buyers: 3, buyerSol: 0n, fundingSol: 1n, cluster: "tower" });
    const { context, userId, mint, funding, localnet } = stage;
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.3, mode: "standard" });
    // Enough for the buys alone.
    localnet.cluster.setBalance(funding.address, lamports(300_000_000n));
    const heavy = await makeHeavy();
    const estimated = await withChainPorts(context, (ports) =>
      estimate(context, { ...ports, venues: heavy(ports as unknown as WorkerPorts).venues }, job),
    );
    expect(estimated).toMatchObject({ fundingMode: "two-step", shortOfFunds: [{ has: "300000000" }] });
    expect(estimated.shortOfFunds.map(({ address }) => address)).toEqual([funding.address]);
    const [short] = estimated.shortOfFunds;
    localnet.cluster.setBalance(funding.address, lamports(BigInt(short?.needs ?? 0)));
    worker = await createCTOWorker({ context, wrapPorts: heavy });
    const ended = await stage.ended((await enqueue(context, job, 0, {})).jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 3 } });
  });
});

/** A module for CTO_SIGNERS whose signer has a key of the test and signs up to this version. */
async function signersOf(key: KeyPairSigner, version: 0 | 1): Promise<string> {
  const signer = { ...key, supportedTransactionVersions: version === 1 ? ["legacy", 0, 1] : ["legacy", 0] };
  Object.assign(globalThis, { [key.address]: async () => signer });
  const file = join(await mkdtemp(join(tmpdir(), "cto-signers-")), "signers.mjs");
  await writeFile(file, `export default { kms: globalThis[${JSON.stringify(key.address)}] };`);
  return file;
}

describe("an estimate for a wallet with an outside signer", () => {
  it.each([
    { version: 0, fundingMode: "two-step", kinds: ["buy", "buy", "fund"], count: 3 },
    { version: 1, fundingMode: "atomic", kinds: ["buy", "buy"], count: 2 },
  ] as const)("of version $version is $fundingMode, as the operation is", async (expected) => {
    stage = await openStage({ buyers: 1, buyerSol: 0n });
    const { userId, mint } = stage;
    const key = await generateKeyPairSigner();
    const signers = await signersOf(key, expected.version);
    const context = { ...stage.context, config: { ...stage.config, CTO_SIGNERS: signers } };
    await attachWallet(context, userId, {
      address: key.address,
      role: "buyer",
      signer: "kms",
      reference: "1",
    });
    const heavy = await makeHeavy();
    // Too large for version 0; what the wallets sign is not changed.
    const wrapPorts = (ports: WorkerPorts): WorkerPorts => ({ ...heavy(ports), keyring: ports.keyring });
    const job = buildJob({ userId, tokenAddress: mint, mode: "standard" });
    const estimated = await withChainPorts(context, (ports) =>
      estimate(context, { ...ports, venues: heavy(ports as unknown as WorkerPorts).venues }, job),
    );
    worker = await createCTOWorker({ context, wrapPorts });
    const { jobId } = await enqueue(context, job, 0, {});
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 2 } });
    const steps = await context.journal.readSteps(jobId);
    expect(steps.map(({ kind }) => kind).sort()).toEqual(expected.kinds);
    const { fundingMode, transactions } = estimated;
    expect([fundingMode, transactions.count]).toEqual([expected.fundingMode, expected.count]);
  });
});
