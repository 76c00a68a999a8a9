/**
 * Runs one operation of the demo: it enqueues and follows the operation, and verifies the receipt against the chain.
 */

import type { CTOJob } from "../../contract/types.ts";
import type { Mode } from "../../engine/ports.ts";
import {
  createChainReader,
  loadReceipt,
  type Receipt,
  type Verification,
  verifyReceipt,
} from "../../receipts/index.ts";
import { enqueue } from "../../services/operations.ts";
import { follow } from "../follow.ts";
import { describeReceipt, describeVerification } from "../receipt-text.ts";
import type { Terminal } from "../terminal.ts";
import { DEMO_USER, type DemoStage } from "./stage.ts";

/** The demo's summary of an operation, as a part of the JSON output. */
export type DemoOperation = {
  readonly jobId: string;
  readonly mode: Mode;
  readonly status: string;
  readonly venue?: string;
  readonly legs: number;
  readonly landed: number;
  readonly memosVerified: number;
  /** The time from the request to the end, ms. */
  readonly elapsedMs: number;
  readonly spentLamports: string;
  readonly tokens?: string;
  readonly costs: Receipt["costs"];
  /** The worker's requests to the cluster during the operation, per method. */
  readonly rpcCalls: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
};

type Calls = Readonly<Record<string, number>>;

const difference = (after: Calls, before: Calls): Calls =>
  Object.fromEntries(
    Object.entries(after)
      .map(([method, count]) => [method, count - (before[method] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );

const describeCalls = (calls: Calls): string => {
  const all = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(calls).map(([method, count]) => `${method} ${count}`);
  return `RPC calls: ${all} (${each.join(", ")})`;
};

const summarise = (
  receipt: Receipt,
  verification: Verification,
  elapsedMs: number,
  rpcCalls: Calls,
): DemoOperation => {
  const { operationId, asked, status, venue, totals, costs } = receipt;
  return {
    jobId: operationId,
    mode: asked.mode,
    status,
    ...(venue === undefined ? {} : { venue }),
    legs: totals.legs,
    landed: totals.landed,
    memosVerified: verification.memosVerified,
    elapsedMs,
    spentLamports: totals.lamports,
    ...(totals.tokens === undefined ? {} : { tokens: totals.tokens }),
    costs,
    rpcCalls,
    problems: verification.problems,
  };
};

/** Uses the same service as `enqueueCTOOperation`, with the demo's own context. */
export async function runOperation(
  { context, worker, localnet, mint }: DemoStage,
  terminal: Terminal,
  { mode, buyAmount }: Pick<CTOJob, "mode" | "buyAmount">,
  signal: AbortSignal,
): Promise<{ summary: DemoOperation; receipt: Receipt }> {
  const job: CTOJob = {
    userId: DEMO_USER,
    userChatId: 0,
    tokenAddress: mint,
    buyAmount,
    mode,
    platform: "auto",
  };
  const { calls: callsBefore } = worker.ports.chain.stats();
  const startedAt = performance.now();
  const { jobId } = await enqueue(context, job, 0, {});
  await follow(context, jobId, terminal, signal);
  signal.throwIfAborted();
  const elapsedMs = Math.round(performance.now() - startedAt);
  const rpcCalls = difference(worker.ports.chain.stats().calls, callsBefore);
  const reader = createChainReader(localnet.rpcUrl);
  const receipt = await loadReceipt(context, jobId, reader);
  const verification = await verifyReceipt(receipt, reader);
  terminal.note(describeReceipt(receipt, terminal.colours));
  terminal.note(`${describeCalls(rpcCalls)}; ${(elapsedMs / 1000).toFixed(1)} s`);
  terminal.note(`${describeVerification(verification, terminal.colours)}\n`);
  return { summary: summarise(receipt, verification, elapsedMs, rpcCalls), receipt };
}
