/**
 * Offers webhooks, and the balances below which they report a wallet, to external applications, with the same services
 * as HTTP and the command line.
 */
import { pageLimit } from "../contract/page-limit.ts";
import type { Delivery, Webhook } from "../engine/ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { type BalanceAlert, setBalanceAlert, viewBalanceAlert } from "../services/webhooks/balance-alerts.ts";
import {
  addWebhook,
  changeWebhook,
  listDeliveries,
  listWebhooks,
  redeliver,
  removeWebhook,
  rotateWebhookSecret,
  testWebhook,
  type WebhookRequest,
} from "../services/webhooks/registry.ts";

/**
 * Adds a webhook to a user. Only this function's result contains the secret; nothing can show it again.
 *
 * @throws `CTO_E_WEBHOOK_INVALID`, `CTO_E_USER_UNKNOWN`
 * @example
 * const { webhook, secret } = await addCTOWebhook({ userId: "user123", url: "https://example.org/cto" });
 */
export async function addCTOWebhook(request: WebhookRequest): Promise<{ webhook: Webhook; secret: string }> {
  return addWebhook(await defaultContext(), request);
}

/**
 * Lists the webhooks of one user, or of all users, without those that were removed.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function listCTOWebhooks(userId?: string): Promise<Webhook[]> {
  return listWebhooks(await defaultContext(), userId ?? null);
}

/**
 * Changes where a webhook is sent, or its events. Fields that are not given keep their values.
 *
 * @throws `CTO_E_WEBHOOK_INVALID`, `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function changeCTOWebhook(
  webhookId: string,
  change: { readonly url?: string; readonly events?: readonly string[] },
): Promise<Webhook> {
  return changeWebhook(await defaultContext(), webhookId, change);
}

/**
 * Removes a webhook. Nothing more is sent to it, including pending deliveries.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function removeCTOWebhook(webhookId: string): Promise<void> {
  return removeWebhook(await defaultContext(), webhookId);
}

/**
 * Returns a new secret, which is not shown again. The previous one also signs for one more day.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function rotateCTOWebhookSecret(webhookId: string): Promise<string> {
  return rotateWebhookSecret(await defaultContext(), webhookId);
}

/**
 * Queues a message of the type `webhook.test`; a worker sends it.
 *
 * @returns the delivery's id
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function testCTOWebhook(webhookId: string): Promise<string> {
  return testWebhook(await defaultContext(), webhookId);
}

/**
 * Lists what was sent to a webhook, newest first. `before` is the last id of the page before.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`; `CTO_E_USAGE` if `before` is no delivery of this webhook
 */
export async function listCTODeliveries(
  webhookId: string,
  { limit = 50, before }: { readonly limit?: number; readonly before?: string } = {},
): Promise<Delivery[]> {
  return listDeliveries(await defaultContext(), webhookId, pageLimit(limit), before);
}

/**
 * Sends a delivery once more, with the same id.
 *
 * @throws `CTO_E_DELIVERY_UNKNOWN`
 */
export async function redeliverCTOWebhook(deliveryId: string): Promise<Delivery> {
  return redeliver(await defaultContext(), deliveryId);
}

/**
 * Returns the balances below which a user's webhooks receive `balance.low`; null: these wallets are not watched.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function getCTOBalanceAlert(userId: string): Promise<BalanceAlert> {
  return viewBalanceAlert(await defaultContext(), userId);
}

/**
 * Replaces the balances below which a user's webhooks receive `balance.low`.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function setCTOBalanceAlert(userId: string, alert: BalanceAlert): Promise<BalanceAlert> {
  return setBalanceAlert(await defaultContext(), userId, alert);
}
