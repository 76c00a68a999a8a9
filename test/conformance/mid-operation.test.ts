/** What becomes of an operation whose market changes under it, on the real program: nothing is bought twice, nothing is lost. */
import type { Address, Instruction, KeyPairSigner } from "@solana/kit";
import { generateKeyPairSigner, isSignerRole, lamports } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { openChainPorts } from "../../src/jobs/chain-ports.ts";
import { type CTOWorker, createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { setLimits } from "../../src/jobs/limits.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import type { WorkerPorts } from "../../src/jobs/worker-ports.ts";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { BUY_VERSIONS } from "../../src/venues/pumpfun/buy.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { PUMP_PROGRAM } from "../../src/venues/pumpfun/program.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { buyRest } from "../venues/pumpfun/buy-rest.ts";
import { openVenueStage } from "./stage.ts";

const SOL = 1_000_000_000n;

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

/** Somebody else, with a fortune. */
async function rival({ localnet }: Stage): Promise<KeyPairSigner> {
  const signer = await generateKeyPairSigner();
  localnet.cluster.setBalance(signer.address, lamports(10_000n * SOL));
  return signer;
}

const signedBy =
  (signer: KeyPairSigner) =>
  (instruction: Instruction): Instruction => ({
    ...instruction,
    accounts: (instruction.accounts ?? []).map((account) =>
      account.address === signer.address && isSignerRole(account.role) ? { ...account, signer } : account,
    ),
  });

/** Buys all that the curve has left, and waits until that is confirmed. */
async function completeCurve(opened: Stage, mint: Address): Promise<void> {
  const { context, localnet } = opened;
  const buyer = await rival(opened);
  const { chain } = await openChainPorts(context);
  const first = await chain.fetchAccounts([mint, ...(await pumpfun.accounts(mint))]);
  const reading = await pumpfun.read(mint, first);
  if (reading.state !== "trading") throw new Error(`the curve is ${reading.state}`);
  const instructions = await buyRest(reading.market, {
    buyer: buyer.address,
    payer: buyer.address,
    fetched: first,
  });
  const signed = instructions.map(signedBy(buyer));
  await createDeskChain(localnet.rpcUrl, buyer).send(signed);
  chain.close();
}

/** Somebody else moves the price by a fifth and more. */
async function outbid(opened: Stage, rpcUrl: string, mint: Address): Promise<void> {
  const buyer = await rival(opened);
  const { chain } = await openChainPorts(opened.context);
  const fetched = await chain.fetchAccounts([mint, ...(await pumpfun.accounts(mint))]);
  const reading = await pumpfun.read(mint, fetched);
  if (reading.state !== "trading") throw new Error(`the curve is ${reading.state}`);
  const buy = { buyer: buyer.address, payer: buyer.address, lamports: 5n * SOL, minTokensOut: 1n, fetched };
  const version = BUY_VERSIONS.findIndex(({ name }) => name === "buy_exact_sol_in");
  const built = await pumpfun.instructions(reading.market, buy, version);
  await createDeskChain(rpcUrl, buyer).send([...built.setup, ...built.swap].map(signedBy(buyer)));
  chain.close();
}

describeWithPrograms("an operation on a pump.fun curve", (folder) => {
  it("whose program is not among the allowed ones is refused before anything is signed", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 2 });
    stage = opened.stage;
    const { context, userId } = stage;
    await setLimits(context, null, { allowedPrograms: [] });
    worker = await createCTOWorker({ context });
    const job = {
      userId,
      userChatId: 1,
      tokenAddress: opened.mint,
      buyAmount: 0.2,
      mode: "standard" as const,
      platform: "pumpfun",
    };
    const refused = await stage.ended((await enqueue(context, job, 0, {})).jobId);
    expect(refused).toMatchObject({ status: "failed", failure: { code: "CTO_E_PROGRAM_NOT_ALLOWED" } });
    expect(refused.result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
    await setLimits(context, null, { allowedPrograms: [PUMP_PROGRAM] });
    const allowed = await stage.ended((await enqueue(context, job, 0, {})).jobId);
    expect(allowed).toMatchObject({ status: "completed", result: { landed: 2 } });
    // Measured on what the wallets lose in the simulation: exactly what was asked for, fees and rents apart.
    expect((await context.journal.readSpending(userId)).dayLamports).toBe(200_000_000n);
  });

  it("that completes half-way ends with what landed, the rest failed with that reason, and nothing bought twice", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token-2022", { buyers: 6 });
    stage = opened.stage;
    const { mint } = opened;
    let sent = 0;
    const interrupting = (ports: WorkerPorts): WorkerPorts => ({
      ...ports,
      chain: {
        ...ports.chain,
        broadcast: async (...given) => {
          sent += 1;
          if (sent === 3) await completeCurve(opened.stage, mint);
          return ports.chain.broadcast(...given);
        },
      },
    });
    worker = await createCTOWorker({ context: stage.context, wrapPorts: interrupting });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: mint,
      buyAmount: 0.6,
      mode: "prefunded" as const,
      platform: "pumpfun",
    };
    const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1 });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: true } });
    expect([...landings(stage.localnet.cluster, jobId)]).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const reasons = ended.result.legs.slice(2).map(({ status, failure }) => [status, failure?.code]);
    expect(reasons).toEqual(Array.from({ length: 4 }, () => ["failed", "CTO_E_TOKEN_MIGRATING"]));
    // The legs that did not land have given back what was reserved for them.
    const { dayLamports } = await stage.context.journal.readSpending(stage.userId);
    expect(dayLamports).toBe(200_000_000n);
  });

  it("whose price moved beyond the slippage reverts with the error that the venue names, and spends nothing but fees", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 3 });
    stage = opened.stage;
    const { mint } = opened;
    const { cluster, rpcUrl } = stage.localnet;
    const before = new Map(
      stage.buyers.map(({ address }) => [address, cluster.account(address)?.lamports ?? 0n]),
    );
    let moved = false;
    const outbidding = (ports: WorkerPorts): WorkerPorts => ({
      ...ports,
      chain: {
        ...ports.chain,
        // Sent without preflight: the transactions land, and fail there.
        broadcast: async (wire) => {
          if (!moved) await outbid(opened.stage, rpcUrl, mint);
          moved = true;
          return ports.chain.broadcast(wire, { preflight: false });
        },
      },
    });
    worker = await createCTOWorker({ context: stage.context, wrapPorts: outbidding });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: mint,
      buyAmount: 0.3,
      mode: "prefunded" as const,
      platform: "pumpfun",
    };
    const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1, slippageBps: 100 });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "failed", result: { landed: 0 } });
    for (const { failure } of ended.result.legs) {
      expect(failure?.code).toBe("CTO_E_TRANSACTION_FAILED");
      expect(failure?.message).toMatch(/slippage/i);
    }
    for (const [address, held] of before) {
      const lost = held - (cluster.account(address)?.lamports ?? 0n);
      const fees = cluster.history().filter(({ accounts }) => accounts[0] === address);
      expect(lost).toBe(fees.reduce((sum, { fee }) => sum + fee, 0n));
    }
  });
});
