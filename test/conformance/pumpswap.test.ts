/**
 * PumpSwap's own program, in both modes: one transaction per leg, without a lookup table, where funding and buy are one in
 * version 1. `npm run conformance` prints the rows.
 */
import { afterAll, afterEach, expect, it } from "vitest";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPumpswap } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { putPumpswapPool } from "./pumpswap-pool.ts";
import { printRows, type Row } from "./rows.ts";
import { type Kind, measure } from "./stage.ts";

const LEGS = 10;
const rows: Row[] = [];

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  worker = undefined;
  stage = undefined;
});

describeWithPumpswap("an operation of ten legs on PumpSwap's own program", (folder) => {
  afterAll(() => printRows(rows));

  it.each<[Kind, Row["mode"]]>([
    ["token", "prefunded"],
    ["token", "standard"],
    ["token-2022", "prefunded"],
    ["token-2022", "standard"],
  ])(
    "lands for a %s mint in %s mode, one transaction per leg, with the tokens that were quoted",
    async (kind, mode) => {
      stage = await openStage({
        buyers: LEGS,
        ...(mode === "standard" ? { buyerSol: 0n } : {}),
        localnet: { programs: folder.programs },
      });
      const { context, localnet, userId } = stage;
      const tokenAddress = await putPumpswapPool(localnet.cluster, folder, kind);
      const job = { userId, userChatId: 1, tokenAddress, buyAmount: 1, mode, platform: "auto" };
      const quoted = await withChainPorts(context, (ports) => estimate(context, ports, job));
      expect(quoted).toMatchObject({ platform: "pumpswap", fundingMode: "atomic", shortOfFunds: [] });

      const before = localnet.cluster.history().length;
      worker = await createCTOWorker({ context });
      const { jobId } = await enqueue(context, job, 0, { slippageBps: 0 });
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS, venue: "pumpswap" } });
      expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
      const steps = await context.journal.readSteps(jobId);
      expect(steps.map(({ kind, attempts }) => [kind, attempts.map((one) => one.messageVersion)])).toEqual(
        Array.from({ length: LEGS }, () => ["buy", [1]]),
      );
      const { bytes, units, failed } = measure(stage, before);
      const error = BigInt(ended.result.tokensReceived ?? 0n) - BigInt(quoted.totalTokens);
      rows.push({
        venue: "pumpswap",
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
