/**
 * Tests operations whose market changes while they run, with the real program: nothing is bought twice, and nothing is
 * lost.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Instruction, KeyPairSigner } from "@solana/kit";
import { address, generateKeyPairSigner, getAddressEncoder, isSignerRole, lamports } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterEach, expect, it } from "vitest";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { newPool } from "../../src/localnet/launch/cpmm.ts";
import { openChainPorts } from "../../src/runtime/chain-ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { PUMP_PROGRAM } from "../../src/venues/pumpfun/program.ts";
import { canonicalPoolOf, POOL, poolAuthorityOf } from "../../src/venues/pumpswap/program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { buyRest } from "../venues/pumpfun/buy-rest.ts";
import { openVenueStage } from "./stage.ts";

const SOL = 1_000_000_000n;
const MEMO_PROGRAM = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
/** The time until a new CPMM pool trades. CPMM opens a pool one second after its creation. */
const POOL_OPENS_MS = 1_500;

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

/** Another trader with 10,000 SOL. */
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

/**
 * Buys everything that the curve has left, except `leaving` token units, and waits until the buy is
 * confirmed.
 * @returns the wallet that has the tokens now
 */
async function completeCurve(opened: Stage, mint: Address, leaving = 0n): Promise<KeyPairSigner> {
  const { context, localnet } = opened;
  const buyer = await rival(opened);
  const { chain } = await openChainPorts(context);
  const first = await chain.fetchAccounts([mint, ...(await pumpfun.accounts(mint))]);
  const reading = await pumpfun.read(mint, first);
  if (reading.state !== "trading") throw new Error(`the curve is ${reading.state}`);
  const asked = { buyer: buyer.address, payer: buyer.address, lamportsPerByte: 6_960n, fetched: first };
  const instructions = await buyRest(reading.market, asked, leaving);
  const signed = instructions.map(signedBy(buyer));
  await createDeskChain(localnet.rpcUrl, buyer).send(signed);
  chain.close();
  return buyer;
}

/**
 * Writes a PumpSwap pool that a survey can read, because we do not have PumpSwap's program here. Opens a real
 * CPMM pool, which Jupiter's own program routes over.
 */
async function graduate({ localnet }: Stage, mint: Address, holder: KeyPairSigner): Promise<void> {
  const { cluster, rpcUrl } = localnet;
  const data = new Uint8Array(300);
  data.set(POOL.discriminator);
  const encode = (of: Address): Uint8Array => new Uint8Array(getAddressEncoder().encode(of));
  data.set(encode(await poolAuthorityOf(mint)), 11);
  data.set(encode(mint), 43);
  data.set(encode(WRAPPED_SOL_MINT), 75);
  const rent = lamports(cluster.rentExemption(300n));
  cluster.setAccount({
    address: await canonicalPoolOf(mint),
    owner: POOL.owner,
    lamports: rent,
    data,
    executable: false,
  });
  const { instructions } = await newPool({
    creator: holder.address,
    mint,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
    tokens: 200_000_000_000_000n,
    lamports: 80n * SOL,
  });
  await createDeskChain(rpcUrl, holder).send(instructions.map(signedBy(holder)));
  await sleep(POOL_OPENS_MS);
}

type Priced = "pumpfun" | "cpmm";

/** The instructions of the deployed binaries. */
const BOUGHT_WITH = { pumpfun: "buy_exact_sol_in", cpmm: undefined } as const;
const SPOKEN = { pumpfun, cpmm } as const;

/** Another trader moves the price by more than a tenth. */
async function outbid(
  opened: Stage,
  rpcUrl: string,
  at: Priced,
  mint: Address,
  spent = 5n * SOL,
): Promise<void> {
  const venue = SPOKEN[at] as DirectVenue;
  const buyer = await rival(opened);
  const { chain, venues } = await openChainPorts(opened.context);
  const survey = await venues.survey(mint, [buyer.address]);
  const further = (await venue.more?.(mint, survey.fetched)) ?? [];
  const named = await chain.fetchAccounts(further);
  const fetched = { ...named, accounts: new Map([...survey.fetched.accounts, ...named.accounts]) };
  const reading = await venue.read(mint, fetched);
  if (reading.state !== "trading") throw new Error(`the market is ${reading.state}`);
  const buy = {
    buyer: buyer.address,
    payer: buyer.address,
    lamports: spent,
    minTokensOut: 1n,
    lamportsPerByte: 6_960n,
    fetched,
  };
  const version = Math.max(0, venue.versions?.indexOf(BOUGHT_WITH[at] ?? "") ?? 0);
  const built = await venue.instructions(reading.market, buy, version);
  await createDeskChain(rpcUrl, buyer).send([...built.setup, ...built.swap].map(signedBy(buyer)));
  chain.close();
}

/** Calls `interrupt` before the first broadcast of the third buy. A buy that is sent again does not count. */
const beforeThird =
  (interrupt: () => Promise<unknown>) =>
  (ports: WorkerPorts): WorkerPorts => {
    const seen = new Set<string>();
    return {
      ...ports,
      chain: {
        ...ports.chain,
        broadcast: async (wire, options) => {
          const known = seen.has(String(wire));
          seen.add(String(wire));
          if (!known && seen.size === 3) await interrupt();
          return ports.chain.broadcast(wire, options);
        },
      },
    };
  };

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
    // We measure what the wallets lose in the simulation. It is exactly the requested amount, without fees
    // and rents.
    expect((await context.journal.readSpending(userId)).day.spending).toBe(200_000_000n);
  });

  it("that completes half-way continues at the token's new venue and the same price, and buys nothing twice", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 6 });
    stage = opened.stage;
    const { mint } = opened;
    // The curve lacks about 4 SOL. The buy that completes it moves the price by less than the slippage.
    const holder = await completeCurve(opened.stage, mint, 10_000_000_000_000n);
    const wrapPorts = beforeThird(async () => {
      await completeCurve(opened.stage, mint);
      await graduate(opened.stage, mint, holder);
    });
    worker = await createCTOWorker({ context: stage.context, wrapPorts });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: mint,
      buyAmount: 0.6,
      mode: "prefunded" as const,
      platform: "pumpfun",
    };
    const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1, slippageBps: 1_000 });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 6 } });
    for (const { attempts } of (await stage.context.journal.readSteps(jobId)).slice(2)) {
      const [first, last] = [attempts[0], attempts.at(-1)];
      expect(last?.minTokensOut).toBeGreaterThanOrEqual(first?.minTokensOut ?? 0n);
    }
    expect([...landings(stage.localnet.cluster, jobId)]).toEqual([1, 2, 3, 4, 5, 6].map((leg) => [leg, 1]));
    const landed = stage.localnet.cluster.history().filter(({ err }) => err === null);
    const bought = (program: Address): number =>
      landed.filter(({ accounts }) => accounts.includes(program) && accounts.includes(MEMO_PROGRAM)).length;
    expect([bought(PUMP_PROGRAM), bought(JUPITER_PROGRAM)]).toEqual([2, 4]);
  });

  it("that completes half-way buys no further leg for fewer tokens than the first market's anchor, when the pool's price is driven up", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 6 });
    stage = opened.stage;
    const { mint } = opened;
    const wrapPorts = beforeThird(async () => {
      await graduate(opened.stage, mint, await completeCurve(opened.stage, mint));
      await outbid(opened.stage, opened.stage.localnet.rpcUrl, "cpmm", mint, 60n * SOL);
    });
    worker = await createCTOWorker({ context: stage.context, wrapPorts });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: mint,
      buyAmount: 0.6,
      mode: "prefunded" as const,
      platform: "pumpfun",
    };
    const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1, slippageBps: 100 });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: true } });
    expect([...landings(stage.localnet.cluster, jobId).keys()]).toEqual([1, 2]);
    const failures = ended.result.legs.slice(2).map(({ failure }) => failure);
    expect(failures.map((failure) => failure?.code)).toEqual(Array(4).fill("CTO_E_PRICE_MOVED"));
    // The message says by how much: the quote is more than 90 % below that of the first legs.
    const less = failures.map((failure) => Number(/([\d.]+) % less/.exec(failure?.message ?? "")?.[1]));
    expect(Math.min(...less)).toBeGreaterThan(90);
    expect((await stage.context.journal.readSpending(stage.userId)).day.spending).toBe(200_000_000n);
  });

  it("that is resumed after a restart is still bound by the price that it began with", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 6 });
    stage = opened.stage;
    const { mint } = opened;
    let stopping = false;
    let stopped: Promise<void> | undefined;
    const wrapPorts = beforeThird(async () => {
      await outbid(opened.stage, opened.stage.localnet.rpcUrl, "pumpfun", mint);
      stopped = worker?.close();
      stopping = true;
    });
    worker = await createCTOWorker({ context: stage.context, wrapPorts });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: mint,
      buyAmount: 0.6,
      mode: "prefunded" as const,
      platform: "pumpfun",
    };
    const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1, slippageBps: 100 });
    await expect.poll(() => stopping, { timeout: 60_000 }).toBe(true);
    await stopped;
    const legs = await stage.context.journal.readLegs(jobId);
    expect(legs.every(({ leastTokens }) => leastTokens !== undefined)).toBe(true);
    worker = await createCTOWorker({ context: stage.context });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: true } });
    const codes = ended.result.legs.slice(3).map(({ failure }) => failure?.code);
    expect(codes).toEqual(Array(3).fill("CTO_E_PRICE_MOVED"));
    expect(await stage.context.journal.readLegs(jobId)).toMatchObject(
      legs.map(({ index, leastTokens }) => ({ index, leastTokens })),
    );
  });

  it("that completes half-way ends with what landed, the rest failed with that reason, and nothing bought twice", async () => {
    const opened = await openVenueStage(folder, "pumpfun", "token-2022", { buyers: 6 });
    stage = opened.stage;
    const { mint } = opened;
    const wrapPorts = beforeThird(() => completeCurve(opened.stage, mint));
    worker = await createCTOWorker({ context: stage.context, wrapPorts });
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
    // The legs that did not land have released their reservations.
    const { day } = await stage.context.journal.readSpending(stage.userId);
    expect(day.spending).toBe(200_000_000n);
  });
});

describeWithPrograms("an operation whose price moves beyond the slippage, on the real program", (folder) => {
  it.each<[platform: "pumpfun" | "cpmm" | "jupiter", mode: "prefunded" | "standard"]>([
    ["pumpfun", "prefunded"],
    ["pumpfun", "standard"],
    ["cpmm", "prefunded"],
    ["cpmm", "standard"],
    ["jupiter", "prefunded"],
    ["jupiter", "standard"],
  ])(
    "of %s in %s mode reverts with an error in our words, and spends nothing but fees",
    async (platform, mode) => {
      const market: Priced = platform === "pumpfun" ? "pumpfun" : "cpmm";
      const opened = await openVenueStage(folder, market, "token", {
        buyers: 3,
        // A leg's blockhash must stay valid while the other trader buys, which is between signing and
        // broadcast.
        localnet: { slotMs: 200 },
        ...(mode === "standard" ? { buyerSol: 0n } : {}),
      });
      stage = opened.stage;
      const { mint } = opened;
      const { cluster, rpcUrl } = stage.localnet;
      const wallets = [...stage.buyers, stage.funding].map(({ address }) => address);
      const held = (): bigint =>
        wallets.reduce((sum, address) => sum + (cluster.account(address)?.lamports ?? 0n), 0n);
      const before = held();
      let moved = false;
      const outbidding = (ports: WorkerPorts): WorkerPorts => ({
        ...ports,
        chain: {
          ...ports.chain,
          // We skip the preflight, so that the transactions land and fail on chain.
          broadcast: async (wire) => {
            if (!moved) await outbid(opened.stage, rpcUrl, market, mint);
            moved = true;
            return ports.chain.broadcast(wire, { preflight: false });
          },
        },
      });
      worker = await createCTOWorker({ context: stage.context, wrapPorts: outbidding });
      const job = buildJob({ userId: stage.userId, tokenAddress: mint, mode, platform });
      const { jobId } = await enqueue(stage.context, job, 0, { parallelism: 1, slippageBps: 100 });
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "failed", result: { landed: 0 } });
      const paid = cluster.history().filter(({ accounts }) => wallets.includes(accounts[0] as Address));
      for (const { failure, attempts } of ended.result.legs) {
        if (attempts === 0) continue;
        expect(failure?.code).toBe("CTO_E_TRANSACTION_FAILED");
        expect(failure?.message).toMatch(/the price moved further than the slippage limit/);
      }
      expect(paid.length).toBeGreaterThan(0);
      expect(before - held()).toBe(paid.reduce((sum, { fee }) => sum + fee, 0n));
    },
  );
});
