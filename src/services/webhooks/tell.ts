/**
 * Creates deliveries from the journal's events. We write the deliveries first, and then mark the events as told.
 * After a crash in between, the same deliveries are written again, which is harmless because their ids are the same.
 */
import type { NewDelivery, UntoldEvent, Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { deliveryOf } from "./messages.ts";

const EVENTS_PER_READ = 500;

const deliveriesOf = (untold: readonly UntoldEvent[], webhooks: readonly Webhook[]): NewDelivery[] =>
  untold.flatMap((each) =>
    webhooks
      .filter(({ userId, removedAt }) => userId === each.userId && removedAt === undefined)
      .map((webhook) => deliveryOf(each, webhook))
      .filter((delivery) => delivery !== null),
  );

/** Repeats until no untold event is left. */
export async function tellWebhooks({ journal }: Pick<CTOContext, "journal">): Promise<void> {
  for (;;) {
    const untold = await journal.listUntoldEvents(EVENTS_PER_READ);
    if (untold.length === 0) return;
    // We read the webhooks after the events, so that a new webhook receives no event from before its creation.
    await journal.writeDeliveries(deliveriesOf(untold, await journal.listWebhooks()));
    const upTo = new Map<string, number>();
    for (const { operationId, event } of untold) upTo.set(operationId, event.seq);
    for (const [operationId, seq] of upTo) await journal.markTold(operationId, seq);
    if (untold.length < EVENTS_PER_READ) return;
  }
}
