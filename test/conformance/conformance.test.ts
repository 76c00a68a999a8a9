/**
 * Tests whole operations against the venues' real programs. `npm run conformance` prints a row for each venue and mode:
 * executed or only built, landed legs, compute units, bytes, and the error of the quote.
 */
import type { Address } from "@solana/kit";
import { afterAll, afterEach, expect, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import type { LaunchVenue } from "../../src/localnet/launch/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { printRows, type Row, TRANSACTION_LIMIT } from "./rows.ts";
import { type Kind, measure, openVenueStage } from "./stage.ts";

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

const jobOf = (userId: string, mint: Address, mode: Row["mode"]): CTOJob =>
  buildJob({ userId, tokenAddress: mint, buyAmount: 1, mode });

describeWithPrograms("an operation of ten legs on the venue's own program", (folder) => {
  afterAll(() => printRows(rows));

  it.each<[LaunchVenue, Kind, Row["mode"]]>([
    ["pumpfun", "token", "prefunded"],
    ["pumpfun", "token", "standard"],
    ["pumpfun", "token-2022", "prefunded"],
    ["pumpfun", "token-2022", "standard"],
    ["cpmm", "token", "prefunded"],
    ["cpmm", "token", "standard"],
    ["cpmm", "token-2022", "prefunded"],
    ["cpmm", "token-2022", "standard"],
  ])("lands on %s for a %s mint in %s mode, with the tokens that were quoted", async (venue, kind, mode) => {
    const opened = await openVenueStage(folder, venue, kind, {
      buyers: LEGS,
      ...(mode === "standard" ? { buyerSol: 0n } : {}),
    });
    stage = opened.stage;
    const { context, localnet, userId } = stage;
    const job = jobOf(userId, opened.mint, mode);
    const quoted = await withChainPorts(context, (ports) => estimate(context, ports, job));
    expect(quoted).toMatchObject({
      platform: venue,
      detected: venue,
      fundingMode: "atomic",
      shortOfFunds: [],
    });

    const before = localnet.cluster.history().length;
    worker = await createCTOWorker({ context });
    const { jobId } = await enqueue(context, job, 0, { slippageBps: 0 });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS, venue, detected: venue } });
    expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
    const { bytes, units, failed } = measure(stage, before);
    const error = BigInt(ended.result.tokensReceived ?? 0n) - BigInt(quoted.totalTokens);
    rows.push({
      venue,
      mint: kind,
      mode,
      how: "executed",
      landed: `${ended.result.landed} of ${LEGS}`,
      units,
      bytes,
      quoteError: String(error),
    });
    expect({ error, failed }).toEqual({ error: 0n, failed: 0 });
    expect(bytes).toBeLessThanOrEqual(TRANSACTION_LIMIT);
    // An estimate does not simulate. If there are several instructions, it takes the newest, and the binary
    // may not know that one.
    if (venue !== "pumpfun") expect(Math.max(...quoted.transactions.bytes)).toBeGreaterThanOrEqual(bytes);
  });

  it.each<Row["mode"]>(["prefunded", "standard"])(
    "lands through Jupiter's own program, over a CPMM pool, in %s mode",
    async (mode) => {
      const opened = await openVenueStage(folder, "cpmm", "token", {
        buyers: LEGS,
        ...(mode === "standard" ? { buyerSol: 0n } : {}),
      });
      stage = opened.stage;
      const { context, localnet, userId } = stage;
      const direct = jobOf(userId, opened.mint, mode);
      const quoted = await withChainPorts(context, (ports) => estimate(context, ports, direct));
      const before = localnet.cluster.history().length;
      worker = await createCTOWorker({ context });
      const job = { ...direct, platform: "jupiter" };
      const { jobId } = await enqueue(context, job, 0, { slippageBps: 300 });
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS, venue: "jupiter" } });
      expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
      const { bytes, units, failed } = measure(stage, before);
      const routed = localnet.cluster
        .history()
        .slice(before)
        .filter(({ accounts }) => accounts.includes(JUPITER_PROGRAM));
      expect(routed).toHaveLength(LEGS);
      // These are ten equal legs over one pool, so the pool's own arithmetic gives their sum in any order.
      const error = BigInt(ended.result.tokensReceived ?? 0n) - BigInt(quoted.totalTokens);
      rows.push({
        venue: "jupiter over cpmm",
        mint: "token",
        mode,
        how: "executed",
        landed: `${LEGS} of ${LEGS}`,
        units,
        bytes,
        quoteError: String(error),
      });
      expect(error).toBe(0n);
      expect(failed).toBe(0);
      expect(bytes).toBeLessThanOrEqual(TRANSACTION_LIMIT);
    },
  );
});
