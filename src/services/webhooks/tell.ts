/**
 * Makes deliveries of the journal's events. The deliveries are written first, and then the events are marked as told: a crash
 * in between writes the same deliveries again, which their ids make harmless.
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

/** Until no event is left that nobody was told of. */
export async function tellWebhooks({ journal }: Pick<CTOContext, "journal">): Promise<void> {
  for (;;) {
    const untold = await journal.listUntoldEvents(EVENTS_PER_READ);
    if (untold.length === 0) return;
    // Read after the events: a webhook that is added meanwhile is told of none that was before it.
    await journal.writeDeliveries(deliveriesOf(untold, await journal.listWebhooks()));
    const upTo = new Map<string, number>();
    for (const { operationId, event } of untold) upTo.set(operationId, event.seq);
    for (const [operationId, seq] of upTo) await journal.markTold(operationId, seq);
    if (untold.length < EVENTS_PER_READ) return;
  }
}
