/** What becomes of an operation whose market changes under it, on the real program: nothing is bought twice, nothing is lost. */
import type { Address, KeyPairSigner } from "@solana/kit";
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { openChainPorts } from "../../src/jobs/chain-ports.ts";
import { type CTOWorker, createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import type { WorkerPorts } from "../../src/jobs/worker-ports.ts";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
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
  const signed = instructions.map((instruction) => ({
    ...instruction,
    accounts: (instruction.accounts ?? []).map((account) =>
      account.address === buyer.address && account.role >= 2 ? { ...account, signer: buyer } : account,
    ),
  }));
  await createDeskChain(localnet.rpcUrl, buyer).send(signed);
  chain.close();
}

describeWithPrograms("an operation on a pump.fun curve", (folder) => {
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
  });
});
