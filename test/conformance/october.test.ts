/**
 * Tests pump.fun's programs of October 2026 in both modes: its curve with the third buy, and PumpSwap. Each leg is one
 * transaction without a lookup table that contains funding and buy. `npm run conformance` prints the rows.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "@solana/kit";
import { afterAll, afterEach, expect, it } from "vitest";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import {
  BUY_EXACT_QUOTE_IN,
  BUY_EXACT_QUOTE_IN_V2,
  PUMPSWAP_PROGRAM,
} from "../../src/venues/pumpswap/program.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPumpswap } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { putPumpswapPool } from "./pumpswap-pool.ts";
import { printRows, type Row } from "./rows.ts";
import { type Kind, measure, openVenueStage } from "./stage.ts";

const LEGS = 10;
const rows: Row[] = [];

type Opened = { readonly stage: Stage; readonly mint: Address };

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  worker = undefined;
  stage = undefined;
});

type Case = [venue: "pumpfun" | "pumpswap", kind: Kind, mode: Row["mode"]];

/** Opens a curve that the program created, or the pool of a graduated coin. */
async function openOctober(folder: ProgramsFolder, [venue, kind, mode]: Case): Promise<Opened> {
  const options = { buyers: LEGS, ...(mode === "standard" ? { buyerSol: 0n } : {}) };
  if (venue === "pumpfun") return openVenueStage(folder, venue, kind, options);
  const opened = await openStage({ ...options, localnet: { programs: folder.programs } });
  return { stage: opened, mint: await putPumpswapPool(opened.localnet.cluster, folder, kind) };
}

/**
 * Returns the programs, with a PumpSwap that does not know its newer buy, as before its upgrade. The program compares an
 * instruction's first eight bytes with two halves, which are eight bytes apart in its code; we change the first half.
 */
function withOlderPumpswap({ programs }: ProgramsFolder, path: string): ProgramsFolder["programs"] {
  const pumpswap = programs.find(({ address }) => address === PUMPSWAP_PROGRAM);
  const code = readFileSync(pumpswap?.path ?? expect.fail("no PumpSwap"));
  const [first, second] = [BUY_EXACT_QUOTE_IN_V2.slice(0, 4), BUY_EXACT_QUOTE_IN_V2.slice(4)];
  const at = code.indexOf(Buffer.from(first));
  expect([...code.subarray(at + 8, at + 12)]).toEqual(second);
  code.fill(0, at, at + 4);
  writeFileSync(path, code);
  return [...programs.filter((one) => one !== pumpswap), { address: PUMPSWAP_PROGRAM, path }];
}

/** `buy_exact_quote_in_v3`. */
const V3 = [225, 247, 80, 30, 213, 179, 132, 136];

describeWithPumpswap("an operation of ten legs on the programs of October 2026", (folder) => {
  afterAll(() => printRows(rows));

  it.each<Case>([
    ["pumpfun", "token", "prefunded"],
    ["pumpfun", "token", "standard"],
    ["pumpfun", "token-2022", "prefunded"],
    ["pumpfun", "token-2022", "standard"],
    ["pumpswap", "token", "prefunded"],
    ["pumpswap", "token", "standard"],
    ["pumpswap", "token-2022", "prefunded"],
    ["pumpswap", "token-2022", "standard"],
  ])(
    "lands on %s for a %s mint in %s mode, one transaction per leg, with the tokens that were quoted",
    async (venue, kind, mode) => {
      const opened = await openOctober(folder, [venue, kind, mode]);
      stage = opened.stage;
      const { context, localnet, userId } = stage;
      const job = buildJob({ userId, tokenAddress: opened.mint, buyAmount: 1, mode });
      const quoted = await withChainPorts(context, (ports) => estimate(context, ports, job));
      expect(quoted).toMatchObject({ platform: venue, fundingMode: "atomic", shortOfFunds: [] });

      const before = localnet.cluster.history().length;
      worker = await createCTOWorker({ context });
      const { jobId } = await enqueue(context, job, 0, { slippageBps: 0 });
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS, venue } });
      expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
      const steps = await context.journal.readSteps(jobId);
      expect(steps.map(({ kind, attempts }) => [kind, attempts.map((one) => one.messageVersion)])).toEqual(
        Array.from({ length: LEGS }, () => ["buy", [1]]),
      );
      if (venue === "pumpfun") {
        const wires = localnet.cluster
          .history()
          .slice(before)
          .map(({ wire }) => Buffer.from(wire));
        expect(wires.filter((wire) => wire.includes(Buffer.from(V3)))).toHaveLength(LEGS);
      }
      const { bytes, units, failed } = measure(stage, before);
      const error = BigInt(ended.result.tokensReceived ?? 0n) - BigInt(quoted.totalTokens);
      rows.push({
        venue: venue === "pumpfun" ? "pumpfun v3" : venue,
        mint: kind,
        mode,
        how: "executed",
        landed: `${LEGS} of ${LEGS}`,
        units,
        bytes,
        quoteError: String(error),
      });
      expect({ error, failed }).toEqual({ error: 0n, failed: 0 });
    },
  );

  it("funds buyers ahead for the older buy where PumpSwap takes no other, and none of them is short", async () => {
    const files = mkdtempSync(join(tmpdir(), "cto-older-"));
    const programs = withOlderPumpswap(folder, join(files, "pump_amm.so"));
    // With version 0 alone, funding and older buy do not fit into one transaction.
    const localnet = { programs, versionOne: false, lamportsPerByte: 6_960n };
    stage = await openStage({ buyers: 3, buyerSol: 0n, localnet });
    rmSync(files, { recursive: true });
    const { buyers, context, userId } = stage;
    const { cluster } = stage.localnet;
    const mint = await putPumpswapPool(cluster, folder, "token");
    worker = await createCTOWorker({ context });
    const job = buildJob({ userId, tokenAddress: mint });
    const { jobId } = await enqueue(context, { ...job, mode: "standard" }, 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { venue: "pumpswap", landed: 3 } });
    const steps = await context.journal.readSteps(jobId);
    const kinds = steps.map(({ kind, attempts }) => `${attempts.length} ${kind}`);
    expect(kinds.toSorted()).toEqual(["1 buy", "1 buy", "1 buy", "1 fund"]);
    const wires = cluster.history().map(({ wire }) => Buffer.from(wire));
    expect(wires.filter((wire) => wire.includes(Buffer.from(BUY_EXACT_QUOTE_IN)))).toHaveLength(3);
    // Each buyer was sent the rent of the creator's account, because nobody knows which buy lands first and opens it.
    const left = buyers.map(({ address }) => cluster.account(address)?.lamports ?? 0n);
    const [least = 0n, ...others] = left.toSorted((a, b) => (a < b ? -1 : 1));
    expect(others.map((lamports) => lamports - least)).toEqual([2_039_280n, 2_039_280n]);
    expect(least).toBeGreaterThanOrEqual(cluster.rentExemption(0n));
  });
});
