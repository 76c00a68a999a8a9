/**
 * Creates deliveries from the journal's events. We write the deliveries first, and then mark the events as queued.
 * After a crash in between, the same deliveries are written again, which is harmless because their ids are the same.
 */
import type { NewDelivery, UnqueuedEvent, Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { deliveryOf } from "./messages.ts";

const EVENTS_PER_READ = 500;

const deliveriesOf = (unqueued: readonly UnqueuedEvent[], webhooks: readonly Webhook[]): NewDelivery[] =>
  unqueued.flatMap((each) =>
    webhooks
      .filter(({ userId, removedAt }) => userId === each.userId && removedAt === undefined)
      .map((webhook) => deliveryOf(each, webhook))
      .filter((delivery) => delivery !== null),
  );

/** Repeats until no unqueued event is left. */
export async function queueDeliveries({ journal }: Pick<CTOContext, "journal">): Promise<void> {
  for (;;) {
    const unqueued = await journal.listUnqueuedEvents(EVENTS_PER_READ);
    if (unqueued.length === 0) return;
    // We read the webhooks after the events, so that a new webhook receives no event from before its creation.
    await journal.writeDeliveries(deliveriesOf(unqueued, await journal.listWebhooks()));
    const upTo = new Map<string, number>();
    for (const { operationId, event } of unqueued) upTo.set(operationId, event.seq);
    for (const [operationId, seq] of upTo) await journal.markQueued(operationId, seq);
    if (unqueued.length < EVENTS_PER_READ) return;
  }
}
