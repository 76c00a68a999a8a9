/** Tests pools that a stranger has opened, with the real program: the price of such a pool is never trusted alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { generateKeyPairSigner, getAddressEncoder, isSignerRole, lamports } from "@solana/kit";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterEach, expect, it } from "vitest";
import type { EnqueueOptions } from "../../src/contract/types.ts";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { newPool, prepareCpmm } from "../../src/localnet/launch/cpmm.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { CPMM_PROGRAM, configOf } from "../../src/venues/cpmm/program.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { openVenueStage } from "./stage.ts";

const SOL = 1_000_000_000n;
/** The time until a new CPMM pool trades. CPMM opens a pool one second after its creation. */
const POOL_OPENS_MS = 1_500;

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  worker = undefined;
  stage = undefined;
});

/** Returns the account in the form that `setAccount` takes. */
const whole = (account: ReturnType<Stage["localnet"]["cluster"]["account"]>) => {
  if (account == null) return expect.fail("no account");
  const { owner, lamports: held, data } = account;
  return { owner, lamports: held, data: new Uint8Array(data), executable: false };
};

/** A stranger opens a pool with tokens that the test writes. @returns the pool's address */
async function openPool({ localnet }: Stage, mint: Stage["mint"], tokens: bigint, sol: bigint, config = 0) {
  const { cluster, rpcUrl } = localnet;
  const stranger = await generateKeyPairSigner();
  cluster.setBalance(stranger.address, lamports(sol + 10n * SOL));
  const asked = { owner: stranger.address, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS };
  const [account] = await findAssociatedTokenPda(asked);
  const data = new Uint8Array(165);
  data.set(getAddressEncoder().encode(mint));
  data.set(getAddressEncoder().encode(stranger.address), 32);
  new DataView(data.buffer).setBigUint64(64, tokens, true);
  data[108] = 1; // initialised
  const rent = lamports(cluster.rentExemption(165n));
  cluster.setAccount({
    address: account,
    owner: TOKEN_PROGRAM_ADDRESS,
    lamports: rent,
    data,
    executable: false,
  });
  const given = {
    creator: stranger.address,
    mint,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
    tokens,
    lamports: sol,
  };
  const { pool, instructions } = await newPool({ ...given, config });
  const signed = instructions.map((instruction) => ({
    ...instruction,
    accounts: (instruction.accounts ?? []).map((one) =>
      one.address === stranger.address && isSignerRole(one.role) ? { ...one, signer: stranger } : one,
    ),
  }));
  await createDeskChain(rpcUrl, stranger).send(signed);
  await sleep(POOL_OPENS_MS);
  return pool;
}

const jobOf = ({ userId }: Stage, mint: Stage["mint"], platform = "auto") =>
  buildJob({ userId, tokenAddress: mint, mode: "standard" as const, platform });

const estimated = (opened: Stage, platform = "auto", options: EnqueueOptions = {}) =>
  withChainPorts(opened.context, (ports) =>
    estimate(opened.context, ports, jobOf(opened, opened.mint, platform), options),
  );

type Wrap = (ports: WorkerPorts) => WorkerPorts;

async function run(
  opened: Stage,
  mint: Stage["mint"],
  options: EnqueueOptions,
  platform = "auto",
  wrapPorts: Wrap = (ports) => ports,
) {
  await worker?.close();
  worker = await createCTOWorker({ context: opened.context, wrapPorts });
  const { jobId } = await enqueue(opened.context, jobOf(opened, mint, platform), 0, options);
  return opened.ended(jobId);
}

const LIMITS = { maxPriceImpactBps: 200, slippageBps: 100 };

describeWithPrograms(
  "a token that trades only through the aggregator, and a stranger's pool at 1,000 times its price",
  (folder) => {
    /**
     * The desk sells 5 x 10^14 units for 1,000 SOL. The stranger's pool holds 40 SOL, and tokens that are
     * worth a thousandth of that.
     */
    const open = async (): Promise<Stage> => {
      stage = await openStage({ localnet: { programs: folder.programs } });
      await prepareCpmm(stage.localnet.cluster);
      await openPool(stage, stage.mint, 20_000_000_000n, 40n * SOL);
      return stage;
    };
    const HONEST = 150_000_000_000n; // the units for 0.3 SOL, approximately

    it("is bought from the aggregator, also when the caller names the pool, and is marked as a single source", async () => {
      const opened = await open();
      for (const platform of ["auto", "cpmm"]) {
        const quoted = await estimated(opened, platform, LIMITS);
        expect(quoted).toMatchObject({
          platform: "jupiter",
          detected: "cpmm",
          price: { reference: "singleSource" },
        });
        expect(BigInt(quoted.totalTokens)).toBeGreaterThan((HONEST * 99n) / 100n);
      }
      const ended = await run(opened, opened.mint, LIMITS);
      expect(ended).toMatchObject({
        status: "completed",
        result: { venue: "jupiter", landed: 3, price: { reference: "singleSource", transferFeeBps: 0 } },
      });
      expect(BigInt(ended.result.tokensReceived ?? 0n)).toBeGreaterThan((HONEST * 99n) / 100n);
      const bought = opened.localnet.cluster
        .history()
        .filter(({ accounts }) => accounts.includes(CPMM_PROGRAM));
      expect(bought).toHaveLength(1); // The stranger's own transaction.
    });

    it("waits while the aggregator does not answer, unless the caller sets a cap on the price", async () => {
      const opened = await open();
      const { rpcUrl, wsUrl } = opened.localnet;
      const { genesisHash } = opened.localnet.cluster.ledger;
      const honest = await estimated(opened, "auto", LIMITS);
      const gone = { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl: "http://127.0.0.1:9" };
      await writeLocalnetAddress(opened.config, gone);
      await expect(estimated(opened, "cpmm", LIMITS)).rejects.toMatchObject({
        code: "CTO_E_PRICE_UNCHECKED",
      });
      // The fair price of a whole token is 2 x 10^-6 SOL. The stranger's price is 2 x 10^-3 SOL.
      await expect(estimated(opened, "cpmm", { ...LIMITS, maxPrice: "0.0000021" })).rejects.toMatchObject({
        code: "CTO_E_VENUE_UNAVAILABLE", // The pool is too expensive. The aggregator may serve later.
      });
      const dear = await estimated(opened, "cpmm", { ...LIMITS, maxPrice: "0.0021" });
      expect(dear).toMatchObject({ platform: "cpmm", price: { reference: "maxPrice" } });
      expect(dear.price.deviationBps).toBeLessThan(0);
      // This is what a buy without a second source cost: 1,010 times the price.
      expect(Math.round(Number(honest.totalTokens) / Number(dear.totalTokens))).toBe(1_010);
      // 0.1 SOL at 0.0021 SOL each gives at least 47.619047... tokens (six decimals), rounded up.
      expect(dear.legs.every(({ minTokensOut }) => BigInt(minTokensOut) >= 47_619_048n)).toBe(true);
    });
  },
);

describeWithPrograms(
  "a token of a CPMM pool, and a larger pool of a stranger under another fee configuration",
  (folder) => {
    it("is bought from the pool that gives more, at the price that the aggregator says, too", async () => {
      const opened = await openVenueStage(folder, "cpmm", "token");
      stage = opened.stage;
      const { cluster } = stage.localnet;
      const config = cluster.account(await configOf(0));
      cluster.setAccount({ ...whole(config), address: await configOf(1) });
      const before = await withChainPorts(stage.context, (ports) =>
        estimate(opened.stage.context, ports, jobOf(opened.stage, opened.mint)),
      );
      const pool = await openPool(stage, opened.mint, 1_000_000_000_000n, 800n * SOL, 1);
      const ended = await run(stage, opened.mint, LIMITS);
      expect(ended).toMatchObject({
        status: "completed",
        result: {
          venue: "cpmm",
          landed: 3,
          price: { reference: "aggregator", deviationBps: expect.any(Number) },
        },
      });
      expect(Math.abs(ended.result.price?.deviationBps ?? 99)).toBeLessThanOrEqual(2);
      expect(ended.result.tokensReceived).toBe(before.totalTokens);
      expect(cluster.history().filter(({ accounts }) => accounts.includes(pool))).toHaveLength(1);
    });
  },
);

describeWithPrograms("a mint that takes 99.99 % of every transfer", (folder) => {
  it("buys nobody short if its fee rises after the survey, is bought only if the caller allows it, and its fee counts against every limit on the price", async () => {
    const opened = await openVenueStage(folder, "cpmm", "token-2022");
    stage = opened.stage;
    const { cluster } = stage.localnet;
    const account = cluster.account(opened.mint);
    const mint = whole(account);
    const setFee = (bps: number): void =>
      cluster.setAccount({ ...mint, address: opened.mint, data: withTransferFee(mint.data, bps) });
    setFee(0);
    // The fee rises after the survey, when the first leg is signed. The program holds every leg to its least tokens.
    const late = await run(stage, opened.mint, {}, "cpmm", (ports) => ({
      ...ports,
      keyring: {
        ...ports.keyring,
        sign: async (...given) => {
          setFee(9_999);
          return ports.keyring.sign(...given);
        },
      },
      chain: { ...ports.chain, broadcast: (wire) => ports.chain.broadcast(wire, { preflight: false }) },
    }));
    expect(late).toMatchObject({ status: "failed", result: { landed: 0, spentLamports: "0" } });
    expect(late.result.legs[0]?.failure?.message).toContain(
      "the price moved further than the slippage limit",
    );
    const ask = (options: EnqueueOptions) =>
      withChainPorts(opened.stage.context, (ports) =>
        estimate(opened.stage.context, ports, jobOf(opened.stage, opened.mint, "cpmm"), options),
      );
    await expect(ask({})).rejects.toMatchObject({
      code: "CTO_E_TRANSFER_FEE_ABOVE_LIMIT",
      context: { feeBps: 9_999, limitBps: 1_000 },
    });
    await expect(ask({ maxTransferFeeBps: 10_000, maxPriceImpactBps: 100 })).rejects.toMatchObject({
      code: "CTO_E_PRICE_IMPACT_ABOVE_LIMIT",
      context: { impactBps: 10_000, limitBps: 100, transferFeeBps: 9_999 },
    });
    const known = await ask({ maxTransferFeeBps: 9_999 });
    expect(known.price).toMatchObject({ reference: "aggregator", transferFeeBps: 9_999 });
    const ended = await run(stage, opened.mint, { maxPriceImpactBps: 100 }, "cpmm");
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_TRANSFER_FEE_ABOVE_LIMIT" } });
    expect(ended.result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
  });
});

/**
 * Returns the mint with a `TransferFeeConfig` after its last extension. Both fees are equal and have no
 * maximum.
 */
function withTransferFee(mint: Uint8Array, bps: number): Uint8Array {
  const base = mint.length <= 165 ? 166 : mint.length;
  const data = new Uint8Array(base + 4 + 108);
  data.set(mint);
  data[165] = 1; // A mint.
  const view = new DataView(data.buffer);
  view.setUint16(base, 1, true);
  view.setUint16(base + 2, 108, true);
  for (const at of [base + 4 + 72, base + 4 + 90]) {
    view.setBigUint64(at + 8, 2n ** 64n - 1n, true);
    view.setUint16(at + 16, bps, true);
  }
  return data;
}
