/** Converts webhooks, deliveries and linked chats to the API's types. */
import type { Delivery, Webhook } from "../engine/ports.ts";
import type { LinkedChat } from "../services/chats.ts";
import type { ChatView, DeliveryView, WebhookView } from "./schemas/webhooks.ts";

export const toWebhook = ({ id, userId, url, events, createdAt, createdBy }: Webhook): WebhookView => ({
  id,
  userId,
  url,
  events: [...events],
  createdAt: createdAt.toISOString(),
  createdBy,
});

export const toDelivery = (delivery: Delivery): DeliveryView => {
  const { id, webhookId, type, status, tries, answer, createdAt, dueAt, endedAt, payload } = delivery;
  return {
    id,
    webhookId,
    type,
    status,
    tries,
    answer: answer ?? null,
    createdAt: createdAt.toISOString(),
    dueAt: status === "pending" ? dueAt.toISOString() : null,
    endedAt: endedAt?.toISOString() ?? null,
    payload,
  };
};

export const toChat = ({ chatId, userId, since }: LinkedChat): ChatView => ({
  chatId: String(chatId),
  userId,
  since: since.toISOString(),
});
