/**
 * Checks the engine's promises to its callers at two moments: when it signs, and when it stores an attempt. The chain alone
 * cannot show a broken promise: bytes that were signed after a cancellation, and never sent, would not land.
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
import { dateAt } from "./virtual-date.ts";
import type { World } from "./world.ts";

/** The statuses that `requestCancel` returns for a cancellation in time. An ended operation does not change. */
const CANCELLABLE: ReadonlySet<OperationStatus> = new Set(["cancelled", "active", "needs_review"]);

/** Cancels an operation, as a caller does. */
export async function cancel({ journal, orders, trace }: World, id: string): Promise<void> {
  trace.note("caller", `cancels ${id}`);
  const status = await journal.requestCancel(id);
  if (status !== null && CANCELLABLE.has(status)) orders.cancelled.add(id);
}

/** The pause before a caller repeats a recovery request that came too early, ms. */
const ASK_AGAIN_MS = 1_000;

/** Requests an operation's recovery repeatedly until the journal accepts it, as `src/services/recovery.ts` does. */
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

/** A process checks the halt a few milliseconds before the insert, if it is awake. This is the tolerance for that gap. */
const GRACE_MS = 1_000;

/** The tolerated difference between two nodes of one cluster, slots. */
const LAG_SLOTS = 10n;

/**
 * Checks P3, P4 and P5 before signing: the buy is not in a stranger's pool, and accepts no fewer tokens than the leg's
 * first anchor, nor than an honest endpoint's market gives, less the slippage.
 */
export function checkAnchored(
  { anchors, tally }: World,
  unsigned: Pick<UnsignedTransaction, "messageBytes">,
): void {
  const message = readMessage(unsigned);
  const { operationId, kind, leg } = stepOf(message);
  if (kind !== "buy") return;
  if (message.isStrangers)
    tally.violations.push(`${operationId}#${leg} is bought in a stranger's pool, far above the market`);
  if (message.isBelowMarket)
    tally.violations.push(`${operationId}#${leg} is signed for the price of an endpoint that lies`);
  const anchor = anchors.get(`${operationId}.buy.${leg}`);
  if (anchor === undefined || message.least < anchor)
    tally.violations.push(
      `${operationId}#${leg} is signed for ${message.least} tokens at least; its first anchor is ${anchor ?? "missing"}`,
    );
}

/** The most that two clocks differ, ms: each is at most 20 s ahead or behind. */
const CLOCKS_MS = 40_000;

/**
 * Checks an attempt that was just inserted: the operation is not cancelled, signing is not halted, and it is not before the
 * operation's start nor after its end.
 */
export function checkInserted(world: World, process: Process, step: Step): void {
  const { orders, scheduler, tally } = world;
  const { haltedSince, cancelled } = orders;
  checkTimely(world, process, step);
  // A recovery is allowed after a cancellation.
  if (step.kind !== "recover" && cancelled.has(step.operationId))
    tally.violations.push(`${step.id} was signed after it had been cancelled`);
  const isHalted = haltedSince !== null && haltedSince < scheduler.now - GRACE_MS;
  if (isHalted && process.awakeSince <= haltedSince)
    tally.violations.push(`${step.id} was signed after signing had been stopped`);
}

function checkTimely({ orders, scheduler, tally }: World, process: Process, { id, kind, operationId }: Step) {
  const { notBefore, expiresAt } = orders.times.get(operationId) ?? {};
  if (kind === "recover") return;
  // Another worker, whose clock is ahead, may have begun it.
  if (notBefore !== undefined && dateAt(scheduler.now + CLOCKS_MS) < notBefore)
    tally.violations.push(`${id} was signed before the start of its operation`);
  // The process reads its clock a few milliseconds before the insert, if it is awake.
  const { skewMs, awakeSince } = process;
  const isLate = expiresAt !== undefined && dateAt(scheduler.now + skewMs - GRACE_MS) > expiresAt;
  if (isLate && dateAt(awakeSince + skewMs) <= expiresAt)
    tally.violations.push(`${id} was signed after the end of its operation`);
}

/** Checks the blockhashes that one process gets: none is much older than an earlier one. */
export function blockhashWatcher({ tally }: World, process: Process): (slot: bigint) => void {
  let newest = 0n;
  return (slot) => {
    if (slot + LAG_SLOTS < newest)
      tally.violations.push(`${process.name} takes a blockhash of slot ${slot}, having had one of ${newest}`);
    if (slot > newest) newest = slot;
  };
}

const { leaseMs } = beatsOf();

/** Checks a lease that changed its holder: the earlier holder was dead, frozen, or cut off from the journal. */
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

/** Checks that an operation which failed in an outage was tried at least `TRIES` times. */
export function checkGivenUp({ tally }: World, { id, tries }: Operation, change: OperationChange): void {
  const code = change.status === "failed" ? change.failure?.code : undefined;
  if (code !== undefined && isOutageCode(code) && tries + 1 < TRIES)
    tally.violations.push(`${id} was given up after ${tries + 1} of ${TRIES} tries: ${code}`);
}
