/**
 * What the engine owes its callers at the very moments of signing and of journaling what was signed. The chain alone
 * cannot show it: bytes that were signed against an order, and then never sent, would land nowhere.
 */

import { beatsOf, TRIES } from "../src/engine/beats.ts";
import type {
  Lease,
  Operation,
  OperationChange,
  OperationStatus,
  Step,
  StepStatus,
  UnsignedTransaction,
} from "../src/engine/ports.ts";
import { isOutageCode } from "../src/errors/index.ts";
import type { Process } from "./process.ts";
import { readMessage, stepOf } from "./transaction.ts";
import type { World } from "./world.ts";

/** What the answer to a cancellation says where it came in time. An ended operation stays as it is. */
const CANCELLABLE: ReadonlySet<OperationStatus> = new Set(["cancelled", "active", "needs_review"]);

/** A caller cancels an operation. */
export async function cancel({ journal, orders, trace }: World, id: string): Promise<void> {
  trace.note("caller", `cancels ${id}`);
  const status = await journal.requestCancel(id);
  if (status !== null && CANCELLABLE.has(status)) orders.cancelled.add(id);
}

/** A caller who finds it too early asks again after this time, ms. */
const ASK_AGAIN_MS = 1_000;

/** A caller asks for an operation's recovery until it is accepted, as `src/services/recovery.ts` does. */
export async function recover(world: World, id: string): Promise<void> {
  const { journal, queue, scheduler, trace, tally, orders } = world;
  const operation = await journal.requestRecovery(id);
  if (operation === null) {
    scheduler.after(ASK_AGAIN_MS, () => void recover(world, id));
    return;
  }
  trace.note("caller", `has the recovery of ${id} accepted`);
  orders.recoveriesAsked.set(id, (orders.recoveriesAsked.get(id) ?? 0) - 1);
  const spending = (await journal.readSteps(id)).filter(({ kind }) => kind !== "recover");
  if (!ENDED.has(operation.status) || spending.some(({ status }) => !OVER.has(status)))
    tally.violations.push(`the recovery of ${id} is accepted although it may still spend`);
  queue.wakeUser(operation.request.userId);
}

const ENDED: ReadonlySet<OperationStatus> = new Set(["completed", "failed", "cancelled"]);
const OVER: ReadonlySet<StepStatus> = new Set(["finalized", "failed", "cancelled"]);

/** Between the last look and the insert lie a few milliseconds of a process that is awake. */
const GRACE_MS = 1_000;

/** Nodes of one cluster are a few slots apart. */
const LAG_SLOTS = 10n;

/** P3 and P4, told before the keys are used: the bytes accept no less than the leg's first anchor. */
export function checkAnchored(
  { anchors, tally }: World,
  unsigned: Pick<UnsignedTransaction, "messageBytes">,
): void {
  const message = readMessage(unsigned);
  const { operationId, kind, leg } = stepOf(message);
  if (kind !== "buy") return;
  if (message.isStrangers)
    tally.violations.push(`${operationId}#${leg} is bought in a stranger's pool, far above the market`);
  const anchor = anchors.get(`${operationId}.buy.${leg}`);
  if (anchor === undefined || message.least < anchor)
    tally.violations.push(
      `${operationId}#${leg} is signed for ${message.least} tokens at least; its first anchor is ${anchor ?? "missing"}`,
    );
}

/** Told when an attempt has just been inserted. */
export function checkInserted({ orders, scheduler, tally }: World, process: Process, step: Step): void {
  const { haltedSince, cancelled } = orders;
  // What was cancelled is still recovered.
  if (step.kind !== "recover" && cancelled.has(step.operationId))
    tally.violations.push(`${step.id} was signed after it had been cancelled`);
  const isHalted = haltedSince !== null && haltedSince < scheduler.now - GRACE_MS;
  if (isHalted && process.awakeSince <= haltedSince)
    tally.violations.push(`${step.id} was signed after signing had been stopped`);
}

/** A check of the blockhashes that one process is handed: none is from far behind one that it was handed before. */
export function blockhashWatcher({ tally }: World, process: Process): (slot: bigint) => void {
  let newest = 0n;
  return (slot) => {
    if (slot + LAG_SLOTS < newest)
      tally.violations.push(`${process.name} takes a blockhash of slot ${slot}, having had one of ${newest}`);
    if (slot > newest) newest = slot;
  };
}

const { leaseMs } = beatsOf();

/** A lease is taken from a process only where that process was silent: dead, frozen, or cut off from the journal. */
export function checkTaken({ holders, scheduler, tally }: World, process: Process, lease: Lease): void {
  const { userId, owner } = lease;
  const before = holders.get(userId);
  holders.set(userId, { process, owner });
  if (before === undefined || !before.process.isAwake) return;
  const hadTrouble =
    Math.max(before.process.awakeSince, before.process.cutOffAt) > scheduler.now - 2 * leaseMs;
  if (hadTrouble) return;
  tally.violations.push(`${owner} took the lease of ${userId} from ${before.owner}, which was awake`);
}

export function noteReleased({ holders }: World, { userId, owner }: Lease): void {
  if (holders.get(userId)?.owner === owner) holders.delete(userId);
}

/** An outage ends an operation only when it was tried often enough. */
export function checkGivenUp({ tally }: World, { id, tries }: Operation, change: OperationChange): void {
  const code = change.status === "failed" ? change.failure?.code : undefined;
  if (code !== undefined && isOutageCode(code) && tries + 1 < TRIES)
    tally.violations.push(`${id} was given up after ${tries + 1} of ${TRIES} tries: ${code}`);
}
