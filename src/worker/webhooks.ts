/** Delivers webhooks at its own interval: turns events into deliveries, and creates a job for each lane that is due. */
import { setMaxListeners } from "node:events";
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { DELIVERIES_AT_ONCE, type Lanes, openLanes } from "../queue/lanes.ts";
import type { CTOContext } from "../runtime/context.ts";
import { openSecretBox } from "../runtime/secrets.ts";
import { type DeliverOptions, deliverLane } from "../services/webhooks/deliver.ts";
import { queueDeliveries } from "../services/webhooks/queue-deliveries.ts";
import { createReceivers } from "../services/webhooks/receivers.ts";

const LOOK_MS = 1_000;
const LANES_PER_LOOK = 500;

export type WebhookOptions = Pick<DeliverOptions, "retriesMs" | "timeoutMs" | "resolve"> & {
  readonly everyMs?: number;
  /** How long the queue keeps a dead worker's jobs locked, ms. */
  readonly lockMs?: number;
};

/** Starts the delivery. Opens no queue before the first webhook exists. */
export function startWebhooks(context: CTOContext, log: Logger, options: WebhookOptions = {}): Task {
  const { everyMs = LOOK_MS, lockMs, ...rest } = options;
  const { journal, config, backend } = context;
  const shutdown = new AbortController();
  setMaxListeners(DELIVERIES_AT_ONCE, shutdown.signal); // Each delivery listens to it.
  const receivers = createReceivers(journal);
  let lanes: Lanes | undefined;
  const open = async (): Promise<Lanes> => {
    const delivering = {
      ...rest,
      secretBox: await openSecretBox(config),
      signal: shutdown.signal,
      receivers,
    };
    const deliver = async (lane: string): Promise<void> => {
      try {
        await deliverLane(context, lane, delivering);
      } catch (error) {
        log.warn(
          { lane, error: error instanceof Error ? error.message : String(error) },
          "webhook deliveries failed; they are tried again",
        );
      }
    };
    return openLanes(backend, deliver, { lockMs });
  };
  const task = every(everyMs, log, "webhooks", async () => {
    if (lanes === undefined && (await journal.listWebhooks()).length === 0) return;
    lanes ??= await open();
    await queueDeliveries(context);
    const due = await journal.listDueLanes(new Date(), LANES_PER_LOOK, receivers.full());
    for (const lane of due) await lanes.wake(lane);
  });
  return {
    async stop() {
      shutdown.abort();
      await task.stop();
      await lanes?.close();
    },
  };
}
