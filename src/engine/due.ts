/**
 * What is due beside the wake-ups that are under way: what the queue has lost, what needs another look, and what has landed
 * and is not final yet. The journal alone knows; the queue's worker and the simulator's ask the same questions.
 */
import { REVIEW_AGAIN_MS } from "./beats.ts";
import type { Journal, Operation, Ports } from "./ports.ts";
import { ENGINE_DEFAULTS } from "./settings.ts";
import { settleOperation } from "./settle.ts";

/** Bounds one sweep; the next one goes on. */
const OPERATIONS_PER_SWEEP = 500;

/** Bounds one round of settling; the next one takes the rest, oldest first. */
const OPERATIONS_PER_ROUND = 50;

/** How long one look at a signature lasts. Finality takes about 13 s on mainnet. */
const WATCH_MS = 30_000;

/** The queue, as far as it is told of what is due. */
export type WakeUpQueue = {
  /** Whether something still comes of the operation's job by itself. */
  isLive(id: string): Promise<boolean>;
  /** Adds the operation's job, in the place of one that has ended. */
  requeue(operation: Operation): Promise<void>;
};

export type SweepOptions = {
  /** How often an operation that needs a review is looked at again, in ms. Default 600,000. */
  readonly reviewAgainMs?: number;
};

/**
 * Queues again what is unfinished and has no live job; on a slow beat also what needs a review.
 * @returns how many operations were queued again
 */
export async function sweepDue(
  { journal, clock }: Pick<Ports, "journal" | "clock">,
  queue: WakeUpQueue,
  { reviewAgainMs = REVIEW_AGAIN_MS }: SweepOptions = {},
): Promise<number> {
  const before = clock.now().getTime() - reviewAgainMs;
  let added = 0;
  for (const operation of await listDue(journal, before)) {
    if (await queue.isLive(operation.id)) continue;
    await queue.requeue(operation);
    added += 1;
  }
  return added;
}

/** @param before reviews that were looked at since then are not due, ms */
async function listDue(journal: Journal, before: number): Promise<Operation[]> {
  const limit = OPERATIONS_PER_SWEEP;
  const open = await journal.listOperations({ statuses: ["waiting", "active"], limit });
  const inReview = await journal.listOperations({ statuses: ["needs_review"], limit });
  const recovering = await journal.listRecoveries("requested", limit);
  const undecided = await journal.listRecoveries("needs_review", limit);
  // The run that finds no proof writes `finishedAt` and the recovery's `at` anew: the beat needs no record of its own.
  return [
    ...open,
    ...inReview.filter(({ finishedAt }) => (finishedAt?.getTime() ?? 0) <= before),
    ...recovering,
    ...undecided.filter(({ recovery }) => (recovery?.at.getTime() ?? 0) <= before),
  ];
}

/** Looks once at what has landed and is not final, after its operation has been answered. Survives restarts by the journal. */
export async function settleDue(
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  owner: string,
  { reviewAfterMs }: { readonly reviewAfterMs: number } = ENGINE_DEFAULTS,
): Promise<void> {
  const unsettled = await ports.journal.listUnsettled(OPERATIONS_PER_ROUND);
  await Promise.all(
    unsettled.map((operation) =>
      settleOperation(ports, operation, { owner, timeoutMs: WATCH_MS, reviewAfterMs }),
    ),
  );
}
