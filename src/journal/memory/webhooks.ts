/** Stores webhooks and their deliveries in memory. */
import type { Delivery, UnqueuedEvent, Webhook, Webhooks } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { tooManyWebhooks } from "../too-many-webhooks.ts";
import type { State } from "./state.ts";

type Kept = { readonly webhook: Webhook; readonly secrets: string };

const registered = (
  state: State,
  kept: Map<string, Kept>,
): Pick<
  Webhooks,
  "addWebhook" | "readWebhook" | "listWebhooks" | "removeWebhook" | "changeWebhook" | "replaceWebhookSecrets"
> => ({
  addWebhook: async ({ secrets, most, ...given }) => {
    const { userId } = given;
    if (!state.users.has(userId)) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
    const live = [...kept.values()].filter(
      ({ webhook }) => webhook.userId === userId && webhook.removedAt === undefined,
    );
    if (most !== undefined && live.length >= most) throw tooManyWebhooks(most);
    const webhook: Webhook = { ...given, createdAt: state.now() };
    kept.set(webhook.id, { webhook, secrets });
    return webhook;
  },
  readWebhook: async (id) => kept.get(id) ?? null,
  listWebhooks: async () => [...kept.values()].map(({ webhook }) => webhook),
  removeWebhook: async (id) => {
    const found = kept.get(id);
    if (found === undefined) return null;
    const webhook = { ...found.webhook, removedAt: found.webhook.removedAt ?? state.now() };
    kept.set(id, { ...found, webhook });
    return webhook;
  },
  changeWebhook: async (id, change) => {
    const found = kept.get(id);
    if (found === undefined || found.webhook.removedAt !== undefined) return null;
    const webhook = { ...found.webhook, ...change };
    kept.set(id, { ...found, webhook });
    return webhook;
  },
  replaceWebhookSecrets: async (id, expected, secrets) => {
    const found = kept.get(id);
    if (found?.secrets !== expected) return false;
    kept.set(id, { ...found, secrets });
    return true;
  },
});

const inLane = (a: Delivery, b: Delivery): number => a.position - b.position;

export const memoryWebhooks = (state: State): Webhooks => {
  const kept = new Map<string, Kept>();
  const deliveries = new Map<string, Delivery>();
  /** The sequence number of the last event that the webhooks have handled, by operation. */
  const told = new Map<string, number>();
  const pending = (): Delivery[] => [...deliveries.values()].filter(({ status }) => status === "pending");
  const endedBefore = (time: Date): Delivery[] =>
    [...deliveries.values()].filter(({ endedAt }) => endedAt !== undefined && endedAt < time);
  return {
    ...registered(state, kept),
    listUnqueuedEvents: async (limit) => {
      const listening = [...kept.values()].filter(({ webhook }) => webhook.removedAt === undefined);
      const users = new Set(listening.map(({ webhook }) => webhook.userId));
      const unqueued: UnqueuedEvent[] = [];
      for (const [operationId, { operation, events }] of state.operations) {
        const { userId } = operation.request;
        if (!users.has(userId)) continue;
        const after = told.get(operationId) ?? 0;
        unqueued.push(
          ...events.filter(({ seq }) => seq > after).map((event) => ({ operationId, userId, event })),
        );
      }
      return unqueued.slice(0, limit);
    },
    markQueued: async (operationId, seq) => {
      told.set(operationId, Math.max(seq, told.get(operationId) ?? 0));
    },
    writeDeliveries: async (given) => {
      for (const delivery of given) {
        if (deliveries.has(delivery.id)) continue;
        const now = state.now();
        const fresh = { status: "pending", tries: 0, dueAt: now, createdAt: now, version: 0 } as const;
        deliveries.set(delivery.id, { ...delivery, ...fresh });
      }
    },
    readDelivery: async (id) => deliveries.get(id) ?? null,
    listDeliveries: async (webhookId, limit, before) => {
      const all = [...deliveries.values()];
      const older =
        before === undefined
          ? all
          : all.slice(
              0,
              Math.max(
                0,
                all.findIndex(({ id }) => id === before),
              ),
            );
      return older
        .filter((delivery) => delivery.webhookId === webhookId)
        .reverse()
        .slice(0, limit);
    },
    listDueLanes: async (now, limit, except = []) => {
      const due = pending()
        .filter(({ dueAt, webhookId }) => dueAt <= now && !except.includes(webhookId))
        .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
      return [...new Set(due.map(({ lane }) => lane))].slice(0, limit);
    },
    nextDelivery: async (lane) =>
      pending()
        .filter((delivery) => delivery.lane === lane)
        .sort(inLane)[0] ?? null,
    changeDelivery: async (id, version, change) => {
      const found = deliveries.get(id);
      if (found?.version !== version) return null;
      const { endedAt: _, ...rest } = found;
      const ended = change.status === "pending" ? {} : { endedAt: state.now() };
      const changed: Delivery = { ...rest, ...change, ...ended, version: version + 1 };
      deliveries.set(id, changed);
      return changed;
    },
    postponeLane: async (lane, dueAt) => {
      for (const delivery of pending()) {
        if (delivery.lane === lane && delivery.tries === 0)
          deliveries.set(delivery.id, { ...delivery, dueAt });
      }
    },
    countEndedDeliveries: async (before) => endedBefore(before).length,
    dropEndedDeliveries: async (before, limit) => {
      const dropped = endedBefore(before).slice(0, limit);
      for (const { id } of dropped) deliveries.delete(id);
      return dropped.length;
    },
  };
};
