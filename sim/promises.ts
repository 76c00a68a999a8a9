/**
 * What the engine owes its callers at the very moments of signing and of journaling what was signed. The chain alone
 * cannot show it: bytes that were signed against an order, and then never sent, would land nowhere.
 */
import type { OperationStatus, Step, UnsignedTransaction } from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import { readMessage } from "./transaction.ts";
import type { World } from "./world.ts";

/** What callers have ordered, and been answered. */
export type Orders = {
  /** Since when signing is stopped, virtual ms; null while it is not. */
  haltedSince: number | null;
  /** Operations of which nothing more may be signed. */
  readonly cancelled: Set<string>;
};

/** What the answer to a cancellation says where it came in time. An ended operation stays as it is. */
const CANCELLABLE: ReadonlySet<OperationStatus> = new Set(["cancelled", "active", "needs_review"]);

/** A caller cancels an operation. */
export async function cancel({ journal, orders, trace }: World, id: string): Promise<void> {
  trace.note("caller", `cancels ${id}`);
  const status = await journal.requestCancel(id);
  if (status !== null && CANCELLABLE.has(status)) orders.cancelled.add(id);
}

/** Between the last look and the insert lie a few milliseconds of a process that is awake. */
const GRACE_MS = 1_000;

/** Nodes of one cluster are a few slots apart. */
const LAG_SLOTS = 10n;

/** Told when an attempt has just been inserted. */
export function checkInserted({ orders, scheduler, tally }: World, process: Process, step: Step): void {
  const { haltedSince, cancelled } = orders;
  if (cancelled.has(step.operationId))
    tally.violations.push(`${step.id} was signed after it had been cancelled`);
  const isHalted = haltedSince !== null && haltedSince < scheduler.now - GRACE_MS;
  if (isHalted && process.awakeSince <= haltedSince)
    tally.violations.push(`${step.id} was signed after signing had been stopped`);
}

/** R7, told before the keys are used: what this leg and the wallet's other live legs spend has been reserved. */
export async function checkReserved(world: World, { messageBytes }: UnsignedTransaction): Promise<void> {
  const { journal, tally } = world;
  const { operationId, leg } = readMessage(messageBytes);
  const operation = await journal.readOperation(operationId);
  const wallet = (await journal.readLegs(operationId)).find(({ index }) => index === leg)?.walletId;
  if (operation === null || wallet === undefined) return;
  const { userId } = operation.request;
  let needed = 0n;
  for (const { id } of await journal.listOperations({ userId, limit: 100 })) {
    const steps = await journal.readSteps(id);
    for (const { index, walletId, lamports } of await journal.readLegs(id)) {
      const step = steps.find((one) => one.kind === "buy" && one.leg === index);
      const isThis = id === operationId && index === leg;
      // Somebody else has ended it: what is signed here goes nowhere.
      if (isThis && step?.status !== "ready") return;
      if (walletId === wallet && (isThis || isSpending(step))) needed += lamports;
    }
  }
  const reserved = (await journal.readSpending(userId)).wallets.get(wallet) ?? 0n;
  if (reserved < needed)
    tally.violations.push(`${operationId}#${leg} is signed with ${reserved} of ${needed} lamports reserved`);
}

const isSpending = (step: Step | undefined): boolean =>
  step?.status === "in_flight" || step?.status === "confirmed" || step?.status === "finalized";

/** A check of the blockhashes that one process is handed: none is from far behind one that it was handed before. */
export function blockhashWatcher({ tally }: World, process: Process): (slot: bigint) => void {
  let newest = 0n;
  return (slot) => {
    if (slot + LAG_SLOTS < newest)
      tally.violations.push(`${process.name} takes a blockhash of slot ${slot}, having had one of ${newest}`);
    if (slot > newest) newest = slot;
  };
}
