/**
 * Tests operations in version 1: each leg is one transaction where version 0 needs two steps, and receipt, check and
 * recovery can read it.
 */
import { getTransactionDecoder } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../../src/base/message.ts";
import type { CTOJob } from "../../src/contract/types.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { makeHeavy } from "../support/heavy.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = (mode: CTOJob["mode"]): CTOJob => ({
  userId: stage.userId,
  userChatId: 1,
  tokenAddress: stage.mint,
  buyAmount: 0.3,
  mode,
  platform: "auto",
});

async function operate(mode: CTOJob["mode"], options: StageOptions = {}) {
  stage = await openStage({ buyers: 3, ...(mode === "standard" ? { buyerSol: 0n } : {}), ...options });
  worker = await createCTOWorker({ context: stage.context, wrapPorts: await makeHeavy(1) });
  const { jobId } = await enqueue(stage.context, jobOf(mode), 0, {});
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "completed", result: { landed: 3 } });
  const steps = await stage.context.journal.readSteps(jobId);
  return { jobId, steps, attempts: steps.flatMap(({ attempts }) => attempts) };
}

/** Returns the messages of the operation's transactions on chain. */
const messages = () =>
  stage.localnet.cluster
    .history()
    .filter(({ memo }) => memo?.includes("cto:1:"))
    .map(({ wire }) => decodeMessage(getTransactionDecoder().decode(wire).messageBytes));

describe("on a cluster that takes version 1", () => {
  it("a buy that is too long for version 0 is funded in its own transaction, within limits of its own", async () => {
    const { jobId, steps, attempts } = await operate("standard");
    expect(steps.map(({ kind }) => kind)).toEqual(["buy", "buy", "buy"]);
    expect(attempts.map(({ messageVersion }) => messageVersion)).toEqual([1, 1, 1]);
    expect([...landings(stage.localnet.cluster, jobId).values()]).toEqual([1, 1, 1]);
    for (const { version, config, instructions, lookupTables } of messages()) {
      expect({ version, lookupTables }).toEqual({ version: 1, lookupTables: [] });
      expect(config.computeUnitLimit).toBeGreaterThan(0);
      expect(config.loadedAccountsDataSizeLimit).toBeGreaterThan(0);
      expect(config.loadedAccountsDataSizeLimit).toBeLessThan(64 * 1024 * 1024);
      expect(instructions.map(({ program }) => program)).not.toContain(
        "ComputeBudget111111111111111111111111111111",
      );
    }
    // The chain charged the priority fee that the journal states.
    const charged = attempts.map(
      ({ signature }) => stage.localnet.cluster.ledger.transaction(signature)?.fee,
    );
    expect(charged).toEqual(attempts.map(({ costs }) => costs.network + costs.priority));
  });

  it("the receipt, its check and a recovery read it", async () => {
    const { jobId } = await operate("prefunded");
    const { context, localnet } = stage;
    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, jobId, reader);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, memosVerified: 3, problems: [] });
    expect(await recover(context, jobId)).toMatchObject({ state: "done" });
    expect((await context.journal.readOperation(jobId))?.recovery?.failure).toBeUndefined();
  });
});

describe("on a cluster that does not", () => {
  it("the same buy is funded ahead, in version 0", async () => {
    const { steps, attempts } = await operate("standard", { localnet: { versionOne: false } });
    expect(steps.map(({ kind }) => kind).sort()).toEqual(["buy", "buy", "buy", "fund"]);
    expect(new Set(attempts.map(({ messageVersion }) => messageVersion))).toEqual(new Set([0]));
    expect(new Set(messages().map(({ version }) => version))).toEqual(new Set([0]));
  });
});
