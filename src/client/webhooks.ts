/** The client's functions for webhooks, their deliveries and thresholds, and for linked chats. */
import type {
  AddedWebhook,
  BalanceAlertView,
  ChangeWebhookBody,
  ChatCodeView,
  ChatView,
  DeliveryView,
  NewWebhookBody,
  WebhookView,
} from "../server/schemas/webhooks.ts";
import type { Ask } from "./http.ts";

const at = (id: string): string => encodeURIComponent(id);

export const webhooksOf = (ask: Ask) => ({
  list: async (userId: string) =>
    (await ask<{ webhooks: WebhookView[] }>("GET", `/v1/users/${at(userId)}/webhooks`)).webhooks,
  /** Only this answer contains the secret. */
  add: (userId: string, body: NewWebhookBody) =>
    ask<AddedWebhook>("POST", `/v1/users/${at(userId)}/webhooks`, { body }),
  change: (id: string, body: ChangeWebhookBody) =>
    ask<WebhookView>("PATCH", `/v1/webhooks/${at(id)}`, { body }),
  remove: (id: string) => ask<null>("DELETE", `/v1/webhooks/${at(id)}`),
  /** The previous secret also signs for one more day. */
  rotateSecret: (id: string) => ask<{ secret: string }>("POST", `/v1/webhooks/${at(id)}/rotate`),
  /** Sends a message of the type `webhook.test`. */
  test: (id: string) => ask<{ deliveryId: string }>("POST", `/v1/webhooks/${at(id)}/test`),
  /** Returns one page, newest first. Pass `nextCursor` as `cursor` to get the next page. */
  deliveries: (id: string, query: { limit?: number; cursor?: string } = {}) =>
    ask<{ deliveries: DeliveryView[]; nextCursor: string | null }>(
      "GET",
      `/v1/webhooks/${at(id)}/deliveries`,
      { query },
    ),
  redeliver: (deliveryId: string) => ask<DeliveryView>("POST", `/v1/deliveries/${at(deliveryId)}/redeliver`),
  /** The balances below which `balance.low` is sent. */
  balanceAlert: {
    get: (userId: string) => ask<BalanceAlertView>("GET", `/v1/users/${at(userId)}/balance-alert`),
    set: (userId: string, body: BalanceAlertView) =>
      ask<BalanceAlertView>("PUT", `/v1/users/${at(userId)}/balance-alert`, { body }),
  },
});

export const chatsOf = (ask: Ask) => ({
  list: async (userId: string) =>
    (await ask<{ chats: ChatView[] }>("GET", `/v1/users/${at(userId)}/chats`)).chats,
  /** Returns a code that links one Telegram chat to the user, once, within 15 minutes. */
  createCode: (userId: string) => ask<ChatCodeView>("POST", `/v1/users/${at(userId)}/chats`),
  unlink: (userId: string, chatId: string) =>
    ask<null>("DELETE", `/v1/users/${at(userId)}/chats/${at(chatId)}`),
});
