/**
 * Tests on the venues' own programs that both verifiers confirm the receipts of operations whose rents are unusual: a
 * buy that extends its market, addresses that a stranger has sent lamports to, programs that a lookup table names, and
 * a first buy of a cashback coin, which pays fees back into an account that it opens.
 */
import { type Address, getAddressDecoder, lamports } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { Cluster } from "../../src/localnet/index.ts";
import { launchToken, prepareVenues } from "../../src/localnet/launch/index.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { openWorkerPorts } from "../../src/runtime/worker-ports.ts";
import { makeLookupTable } from "../../src/services/lookup-table.ts";
import { enqueue } from "../../src/services/operations.ts";
import { creatorVaultOf, curveOf, userVolumeOf } from "../../src/venues/pumpfun/program.ts";
import { canonicalPoolOf, userVolumeOf as pumpswapVolumeOf } from "../../src/venues/pumpswap/program.ts";
import { creatorAccountOf } from "../../src/venues/pumpswap/rents.ts";
import { tokenAccountOf, wrappedAccountOf } from "../../src/venues/wrapped-sol.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { putPumpswapPool } from "../conformance/pumpswap-pool.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPrograms, describeWithPumpswap } from "../support/programs.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { findPython, startPython } from "./python.ts";

const LEGS = 3;
const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
type Mode = "prefunded" | "standard";
type Venue = "pumpfun" | "pumpswap";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  worker = undefined;
  stage = undefined;
});

const python = findPython();

const openFor = (folder: ProgramsFolder, mode: Mode, localnet: StageOptions["localnet"] = {}) =>
  openStage({
    buyers: LEGS,
    ...(mode === "standard" ? { buyerSol: 0n } : {}),
    localnet: { programs: folder.programs, ...localnet },
  });

async function listMarket({ localnet }: Stage, folder: ProgramsFolder, venue: Venue): Promise<Address> {
  if (venue === "pumpswap") return putPumpswapPool(localnet.cluster, folder, "token");
  await prepareVenues(localnet.cluster, folder);
  return launchToken(localnet.rpcUrl, "pumpfun");
}

/** Carries out an operation, and returns the problems that each verifier finds in its receipt. */
async function operate(opened: Stage, mint: Address, mode: Mode, config = opened.context.config) {
  const { context, localnet, userId } = opened;
  worker = await createCTOWorker({ context: { ...context, config } });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: "0.3", mode });
  const { jobId } = await enqueue(context, job, 0, {});
  const ended = await opened.ended(jobId);
  expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS } });
  const reader = createChainReader(localnet.rpcUrl);
  const receipt = await loadReceipt(context, jobId, reader);
  const ours = await verifyReceipt(receipt, reader);
  expect(ours).toMatchObject({ problems: [], memosVerified: LEGS });
  if (python !== null) {
    const second = startPython(python, localnet.rpcUrl);
    expect(await second.verify(receipt)).toMatchObject({ problems: [], memosVerified: LEGS });
    // A receipt that understates a buy by more than any rent is not confirmed.
    const [first, ...others] = receipt.legs;
    const less = String(BigInt(first?.lamports ?? 0n) - 5_000_000n);
    const lie = { ...receipt, legs: [{ ...first, lamports: less }, ...others] };
    expect((await second.verify(lie)).problems.join()).toContain("lamports is");
    second.close();
  }
  return { ended, receipt };
}

/** What the buyers' wallets hold beyond what a wallet must keep. */
const sparedBy = ({ buyers, localnet: { cluster } }: Stage): bigint[] =>
  buyers.map(({ address }) => (cluster.account(address)?.lamports ?? 0n) - cluster.rentExemption(0n));

/**
 * What a buyer without SOL keeps beyond the minimum. PumpSwap's buys close a wrapped-SOL account, and its whole rent goes to
 * the buyer, also what of it a stranger has sent.
 */
const keptAfter = (venue: Venue, cluster: Cluster): bigint =>
  venue === "pumpfun" ? 0n : cluster.rentExemption(165n) - cluster.rentExemption(0n);

/** Shortens the market's account, and leaves it the rent that this size had at another rate. */
function shorten(cluster: Cluster, market: Address, bytes: number, rate: bigint): void {
  const account = cluster.account(market) ?? expect.fail("no market");
  const data = new Uint8Array(account.data).slice(0, bytes);
  cluster.setAccount({ ...account, data, lamports: lamports(BigInt(128 + bytes) * rate) });
}

describeWithPumpswap(
  "a receipt of buys whose rents are unusual, on the programs of October 2026",
  (folder) => {
    it.each<[Venue, Mode, bigint]>([
      ["pumpfun", "prefunded", 5_080n],
      ["pumpfun", "standard", 696n],
      ["pumpfun", "standard", 6_960n],
      ["pumpswap", "prefunded", 696n],
      ["pumpswap", "standard", 5_080n],
      ["pumpswap", "standard", 6_960n],
    ])(
      "is confirmed where %s is extended in %s mode and was opened at %s per byte",
      async (venue, mode, rate) => {
        stage = await openFor(folder, mode);
        const { cluster } = stage.localnet;
        const mint = await listMarket(stage, folder, venue);
        const market = await (venue === "pumpfun" ? curveOf(mint) : canonicalPoolOf(mint));
        const bytes = venue === "pumpfun" ? 151 : 245;
        shorten(cluster, market, bytes, rate);
        await operate(stage, mint, mode);
        const grown = cluster.account(market)?.data.length ?? 0;
        expect(grown).toBe(venue === "pumpfun" ? 166 : 287);
        if (mode === "prefunded") return;
        // The leg that landed first has paid for the bytes; the others have kept what was meant for them.
        const lacked = cluster.rentExemption(BigInt(grown)) - BigInt(128 + bytes) * rate;
        const growth = lacked > 0n ? lacked : 0n;
        const kept = keptAfter(venue, cluster);
        const spared = sparedBy(stage).toSorted((a, b) => Number(a - b));
        expect(spared).toEqual([kept, kept + growth, kept + growth]);
      },
    );

    it.each<[Venue, Mode, bigint]>([
      ["pumpfun", "prefunded", 1n],
      ["pumpfun", "standard", 500_000n],
      ["pumpswap", "prefunded", 650_240n],
      ["pumpswap", "standard", 1n],
      ["pumpswap", "standard", 650_240n],
    ])(
      "is confirmed on %s in %s mode where a stranger has sent %s lamports everywhere",
      async (venue, mode, sent) => {
        stage = await openFor(folder, mode);
        const { buyers } = stage;
        const { cluster } = stage.localnet;
        const mint = await listMarket(stage, folder, venue);
        const market = await (venue === "pumpfun" ? curveOf(mint) : canonicalPoolOf(mint));
        const data = cluster.account(market)?.data ?? expect.fail("no market");
        const creator = getAddressDecoder().decode(data, venue === "pumpfun" ? 49 : 211);
        const tokenProgram = cluster.account(mint)?.owner ?? expect.fail("no mint");
        const volumeOf = venue === "pumpfun" ? userVolumeOf : pumpswapVolumeOf;
        const dusted = await Promise.all([
          venue === "pumpfun" ? creatorVaultOf(creator) : creatorAccountOf(creator),
          ...buyers.flatMap(({ address }) => [
            volumeOf(address),
            tokenAccountOf(address, mint, tokenProgram),
            wrappedAccountOf(address),
          ]),
        ]);
        for (const address of dusted) cluster.setBalance(address, lamports(sent));
        await operate(stage, mint, mode);
        // PumpSwap's buys open the wrapped-SOL account, and close it with what the stranger sent.
        if (mode === "standard") expect(sparedBy(stage)).toEqual(buyers.map(() => keptAfter(venue, cluster)));
      },
    );
  },
);

describeWithPrograms("a receipt of transactions that use our lookup table", (folder) => {
  it("is confirmed: the System program's instructions are counted though the table names it", async () => {
    // In this mode nothing but a program calls the System program, so that the table may name it.
    const mode = "prefunded";
    stage = await openFor(folder, mode, { versionOne: false });
    const mint = await listMarket(stage, folder, "pumpfun");
    const opened = await openWorkerPorts(stage.context);
    const { table } = await makeLookupTable(stage.context, opened.ports, stage.userId);
    opened.close();
    const config = readConfig({ ...stage.env, CTO_LOOKUP_TABLES: table });
    await operate(stage, mint, mode, config);
    const { cluster } = stage.localnet;
    const buys = cluster.history().filter(({ loaded }) => loaded.readonly.includes(SYSTEM_PROGRAM));
    expect(buys).toHaveLength(LEGS);
  });
});

describeWithPumpswap("fees that a buy pays into an account that it opens", (folder) => {
  it.each<[Venue, Mode]>([
    ["pumpswap", "prefunded"],
    ["pumpswap", "standard"],
    ["pumpfun", "prefunded"],
  ])("a receipt of buys of a cashback coin on %s in %s mode is confirmed", async (venue, mode) => {
    stage = await openFor(folder, mode);
    const { cluster } = stage.localnet;
    const mint = await listMarket(stage, folder, venue);
    const market = await (venue === "pumpfun" ? curveOf(mint) : canonicalPoolOf(mint));
    const account = cluster.account(market) ?? expect.fail("no market");
    const data = new Uint8Array(account.data);
    data[venue === "pumpfun" ? 82 : 244] = 1;
    cluster.setAccount({ ...account, data });
    await operate(stage, mint, mode);
  });
});
