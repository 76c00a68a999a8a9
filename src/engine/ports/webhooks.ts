/** Webhooks as the journal keeps them: who is told what, and each delivery until it has arrived or is given up. */
import type { StoredEvent } from "../operation/events.ts";

export const WEBHOOK_EVENTS = [
  "operation.started",
  "leg.landed",
  "leg.failed",
  "operation.completed",
  "operation.needs_review",
  "operation.incident",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** `webhook.test` is sent by hand alone. */
export const DELIVERY_TYPES = [...WEBHOOK_EVENTS, "webhook.test"] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

export type Webhook = {
  readonly id: string;
  readonly userId: string;
  readonly url: string;
  /** What is sent to it. */
  readonly events: readonly WebhookEvent[];
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Nothing is sent to it any more; its deliveries stay readable. */
  readonly removedAt?: Date;
};

export type NewWebhook = Pick<Webhook, "id" | "userId" | "url" | "events" | "createdBy"> & {
  /** Its secrets, sealed, as one text: see `services/webhooks/secrets.ts`. */
  readonly secrets: string;
};

/**
 * - `pending`: it is sent when it is due, and its lane's earlier ones have ended.
 * - `delivered`: the receiver has answered 2xx.
 * - `failed`: given up; it can be delivered again by hand.
 */
export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type NewDelivery = {
  /** The same for the same event and webhook, so that it is written once. The receiver sees it as `webhook-id`. */
  readonly id: string;
  readonly webhookId: string;
  /** Deliveries of one lane are sent one after the other: a lane is one operation's way to one webhook. */
  readonly lane: string;
  /** Its place in the lane. */
  readonly position: number;
  readonly type: DeliveryType;
  /** The body, JSON. */
  readonly payload: string;
};

export type Delivery = NewDelivery & {
  readonly status: DeliveryStatus;
  /** How often it was sent. */
  readonly tries: number;
  /** While it is pending: when it is sent next. */
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly endedAt?: Date;
  /** What became of the last try, in words. */
  readonly answer?: string;
  /** Counts its changes. */
  readonly version: number;
};

export type DeliveryChange = {
  readonly status: DeliveryStatus;
  readonly tries: number;
  readonly dueAt: Date;
  readonly answer?: string;
};

/** An event that no webhook has been told of yet. */
export type UntoldEvent = {
  readonly operationId: string;
  readonly userId: string;
  readonly event: StoredEvent;
};

export interface Webhooks {
  /** @throws `CTO_E_USER_UNKNOWN` */
  addWebhook(webhook: NewWebhook): Promise<Webhook>;
  /** A removed one, too; null when the id was never given out. */
  readWebhook(id: string): Promise<{ webhook: Webhook; secrets: string } | null>;
  /** All, removed ones too, in the order in which they were added. */
  listWebhooks(): Promise<Webhook[]>;
  /** For good; the first time stays. Null when there is no such webhook. */
  removeWebhook(id: string): Promise<Webhook | null>;
  /** Compare-and-set on the secrets themselves. */
  replaceWebhookSecrets(id: string, expected: string, secrets: string): Promise<boolean>;

  /** Events of users with a webhook that are not marked as told, each operation's in order. */
  listUntoldEvents(limit: number): Promise<UntoldEvent[]>;
  /** Marks an operation's events up to this number as told: their deliveries have been written. */
  markTold(operationId: string, seq: number): Promise<void>;

  /** Writes those whose id is new; leaves the others as they are. */
  writeDeliveries(deliveries: readonly NewDelivery[]): Promise<void>;
  readDelivery(id: string): Promise<Delivery | null>;
  /** Newest first. */
  listDeliveries(webhookId: string, limit: number): Promise<Delivery[]>;
  /** Lanes with something pending that is due, at most so many. */
  listDueLanes(now: Date, limit: number): Promise<string[]>;
  /** The first pending delivery of a lane. */
  nextDelivery(lane: string): Promise<Delivery | null>;
  /** Compare-and-set on the version. Sets `endedAt` when the status is no longer `pending`, and clears it when it is again. */
  changeDelivery(id: string, version: number, change: DeliveryChange): Promise<Delivery | null>;
  /** When the pending deliveries of a lane that were never sent are looked at next. */
  postponeLane(lane: string, dueAt: Date): Promise<void>;
}
