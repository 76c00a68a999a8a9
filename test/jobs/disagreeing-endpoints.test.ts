/**
 * Tests operations over two endpoints of which one reports another rent, epoch, version or consensus than its peer, or
 * is a node of before 2026: every leg lands, and every lamport is accounted for.
 */
import { type Address, lamports } from "@solana/kit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import { CLOCK_SYSVAR, RENT_SYSVAR, VERSION_ONE_FEATURE } from "../../src/engine/cluster/cluster-facts.ts";
import { enqueue } from "../../src/services/operations.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { createVenues } from "../../src/venues/index.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { readLedger } from "../support/ledger.ts";
import {
  type Answers,
  type Lies,
  type LyingEndpoint,
  startLyingEndpoint,
} from "../support/lying-endpoint.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let liar: LyingEndpoint;
let honest: LyingEndpoint;
let worker: CTOWorker | undefined;
let chain: SolanaChain | undefined;
let users = 0;

beforeAll(async () => {
  stage = await openStage({ buyers: 1 });
});
// A process asks an endpoint for its consensus once a day, so each test needs its own endpoints.
beforeEach(async () => {
  liar = await startLyingEndpoint(stage.localnet.rpcUrl);
  honest = await startLyingEndpoint(stage.localnet.rpcUrl);
});
afterEach(async () => {
  await worker?.close();
  chain?.close();
  await liar.close();
  await honest.close();
});
afterAll(() => stage.close());

const u64At =
  (at: number, value: bigint) =>
  (data: Uint8Array): void =>
    new DataView(data.buffer, data.byteOffset, data.byteLength).setBigUint64(at, value, true);

const EPOCH_AT = 16;
const isOff = (data: Uint8Array): void => void data.fill(0, 0, 1);
const lies = (entries: readonly (readonly [Address, (data: Uint8Array) => void])[]): Lies => new Map(entries);

const older = { error: { code: -32_601, message: "Method not found" } };
/** A node of before 2026 returns only these fields of a simulation. */
const olderSimulation = (answer: { result?: { value: Record<string, unknown> } }) => {
  const { err, logs, unitsConsumed, accounts, innerInstructions, replacementBlockhash } =
    answer.result?.value ?? {};
  const value = { err, logs, unitsConsumed, accounts, innerInstructions, replacementBlockhash };
  return { ...answer, result: { ...answer.result, value } };
};

const sum = (all: readonly bigint[]): bigint => all.reduce((total, one) => total + one, 0n);
const lamportsOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;

async function operate(told: Lies, answers: Answers) {
  const { context, localnet, mint, desk } = stage;
  const { cluster } = localnet;
  users += 1;
  const userId = `user${users}`;
  await context.journal.addUser({ id: userId });
  const [funding] = await generateWallets(context, userId, 1, { role: "funding" });
  const buyers = await generateWallets(context, userId, 2, { role: "buyer" });
  if (funding === undefined) throw new Error("no funding wallet");
  cluster.setBalance(funding.address, lamports(1_000_000_000n));
  const wallets = [funding, ...buyers].map(({ address }) => address);
  const balances = (): bigint => sum(wallets.map(lamportsOf));
  const before = balances();
  const from = cluster.history().length;
  liar.tell(told, answers);
  const opened = createChain({ urls: [liar.url, honest.url], webSocketUrl: localnet.wsUrl });
  chain = opened;
  const venues = createVenues({ chain: opened, jupiter: { url: desk.url, isDesk: async () => true } });
  worker = await createCTOWorker({ context, wrapPorts: (ports) => ({ ...ports, chain: opened, venues }) });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.2, mode: "standard" });
  const { jobId } = await enqueue(context, job, 0, {});
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "completed", result: { landed: 2 } });
  const isSettled = async () => (await context.journal.readOperation(jobId))?.settled;
  await expect.poll(isSettled, { timeout: 20_000 }).toBe(true);
  const steps = await context.journal.readSteps(jobId);
  const lost = before - balances();
  const fees = sum(
    readLedger(cluster, from)
      .filter(({ memos }) => memos[0]?.operationId === jobId)
      .map(({ fee }) => fee),
  );
  return {
    versions: steps.flatMap(({ attempts }) => attempts.map(({ messageVersion }) => messageVersion)),
    consensus: await opened.consensus(),
    /** What the wallets lost beside the price and the fees: the rents of the accounts that hold the tokens. */
    rents: lost - 200_000_000n - fees,
    /** What is left in the buyers' wallets. */
    left: sum(buyers.map(({ address }) => lamportsOf(address))),
  };
}

describe("two endpoints of which one", () => {
  it("reports a lower rent, another epoch and no certificate: every leg lands under Tower's rules", async () => {
    const told = lies([
      [RENT_SYSVAR, u64At(0, 696n)],
      [CLOCK_SYSVAR, u64At(EPOCH_AT, 7n)],
    ]);
    const { versions, consensus, rents } = await operate(told, {
      getAgGenesisCert: () => ({ result: null }),
    });
    expect(versions).toEqual([1, 1]);
    expect(consensus).toBe("tower");
    expect(rents).toBe(2n * stage.localnet.cluster.rentExemption(165n));
  });

  it("is a node of before 2026 that reports the highest rent: version 0, and the dearer minimum stays in the wallets", async () => {
    const told = lies([
      [RENT_SYSVAR, u64At(0, 6_960n)],
      [VERSION_ONE_FEATURE, isOff],
    ]);
    const { versions, consensus, rents, left } = await operate(told, {
      getAgGenesisCert: () => older,
      simulateTransaction: olderSimulation,
    });
    expect(versions).toEqual([0, 0]);
    expect(consensus).toBe("tower");
    // The accounts cost the real rent.
    expect(rents).toBe(2n * stage.localnet.cluster.rentExemption(165n));
    expect(left).toBe(2n * 128n * 6_960n);
  });
});
