/**
 * Tests pump.fun's programs of October 2026 in both modes: its curve with the third buy, and PumpSwap. Each leg is one
 * transaction without a lookup table that contains funding and buy. `npm run conformance` prints the rows.
 */
import type { Address } from "@solana/kit";
import { afterAll, afterEach, expect, it } from "vitest";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
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
      const job = { userId, userChatId: 1, tokenAddress: opened.mint, buyAmount: 1, mode, platform: "auto" };
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
});
