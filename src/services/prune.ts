/**
 * Prunes old events and old deliveries of webhooks. Finished operations stay in the journal with their steps and
 * attempts; of their old events, we keep only those that show how the operation went.
 */
import { compact } from "../engine/operation/compaction.ts";
import type { StoredEvent } from "../engine/ports.ts";
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

/** How long ago an operation or a delivery must have ended, days. */
export const RETENTION_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1_000;
const OPERATIONS_PER_PAGE = 100;
const EVENTS_PER_READ = 1_000;
const DELIVERIES_PER_WRITE = 5_000;

export type Pruning = {
  /** We process operations and deliveries that ended before this time. */
  readonly before: Date;
  readonly operations: number;
  readonly events: number;
  /** The number of removed events. In a dry run: of events that would be removed. */
  readonly dropped: number;
  /** The number of removed deliveries of webhooks. In a dry run: of deliveries that would be removed. */
  readonly deliveries: number;
};

export type PruneOptions = {
  /** Default {@link RETENTION_DAYS}. */
  readonly days?: number;
  /** Only counts, and removes nothing. */
  readonly dryRun: boolean;
  readonly now?: Date;
  /** Receives the number of operations processed so far. */
  readonly note?: (operations: number) => void;
};

async function eventsOf({ journal }: Pick<CTOContext, "journal">, id: string): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = await journal.readEvents(id, all.at(-1)?.seq ?? 0, EVENTS_PER_READ);
    all.push(...page);
    if (page.length < EVENTS_PER_READ) return all;
  }
}

async function walk(
  context: Pick<CTOContext, "journal">,
  before: Date,
  dryRun: boolean,
  note: (operations: number) => void,
): Promise<Omit<Pruning, "deliveries">> {
  const { journal } = context;
  let [operations, events, dropped] = [0, 0, 0];
  for (let after = ""; ; ) {
    const page = await journal.listCompactable(before, after, OPERATIONS_PER_PAGE);
    for (const { id } of page) {
      const found = await eventsOf(context, id);
      const compaction = compact(found, before);
      operations += 1;
      events += found.length;
      dropped += compaction.dropped.length;
      if (!dryRun) await journal.compactEvents(id, compaction);
    }
    note(operations);
    const last = page.at(-1);
    if (last === undefined || page.length < OPERATIONS_PER_PAGE)
      return { before, operations, events, dropped };
    after = last.id;
  }
}

async function dropDeliveries({ journal }: Pick<CTOContext, "journal">, before: Date): Promise<number> {
  for (let dropped = 0; ; ) {
    const removed = await journal.dropEndedDeliveries(before, DELIVERIES_PER_WRITE);
    dropped += removed;
    if (removed === 0) return dropped;
  }
}

/**
 * Compacts the events of operations that ended long ago, and removes the deliveries of webhooks that ended long ago.
 * After a crash, the next run does the rest.
 *
 * @example
 * const { dropped } = await prune(context, { dryRun: true });
 */
export async function prune(
  context: Pick<CTOContext, "config" | "journal">,
  { days = RETENTION_DAYS, dryRun, now = new Date(), note = () => undefined }: PruneOptions,
): Promise<Pruning> {
  const before = new Date(now.getTime() - days * DAY_MS);
  if (!dryRun) await audit(context, "pruned", "events", { before: before.toISOString(), days: String(days) });
  const pruned = await walk(context, before, dryRun, note);
  const deliveries = dryRun
    ? await context.journal.countEndedDeliveries(before)
    : await dropDeliveries(context, before);
  return { ...pruned, deliveries };
}
