/**
 * Defines the store of webhooks: their receivers and events, and each delivery until it has arrived or has failed for
 * good.
 */
import type { StoredEvent } from "../operation/events.ts";

export const WEBHOOK_EVENTS = [
  "operation.started",
  "leg.landed",
  "leg.failed",
  "operation.completed",
  "operation.needs_review",
  "operation.incident",
  "balance.low",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** `webhook.test` is sent only on a person's request. */
export const DELIVERY_TYPES = [...WEBHOOK_EVENTS, "webhook.test"] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

export type Webhook = {
  readonly id: string;
  readonly userId: string;
  readonly url: string;
  /** The events that are sent to it. */
  readonly events: readonly WebhookEvent[];
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Since this time nothing is sent to it; its deliveries stay readable. */
  readonly removedAt?: Date;
};

/** The fields of a webhook that can change. */
export type WebhookChange = Partial<Pick<Webhook, "url" | "events">>;

export type NewWebhook = Pick<Webhook, "id" | "userId" | "url" | "events" | "createdBy"> & {
  /** Its sealed secrets, as one text: see `services/webhooks/secrets.ts`. */
  readonly secrets: string;
  /** How many webhooks the user may have that were not removed, including this one; absent: any number. */
  readonly most?: number;
};

/**
 * The states of a delivery.
 *
 * - `pending`: it is sent when it is due and the earlier deliveries of its lane have ended.
 * - `delivered`: the receiver has answered 2xx.
 * - `failed`: its tries are used up; a person can have it sent again.
 */
export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type NewDelivery = {
  /**
   * Derived from the event and the webhook, so that a delivery is stored only once. The receiver sees it as
   * `webhook-id`.
   */
  readonly id: string;
  readonly webhookId: string;
  /**
   * The deliveries of one lane are sent one after the other. One operation, or the balance of one wallet, has one lane
   * to each webhook.
   */
  readonly lane: string;
  /** Its position in the lane. */
  readonly position: number;
  readonly type: DeliveryType;
  /** The body, JSON. */
  readonly payload: string;
};

export type Delivery = NewDelivery & {
  readonly status: DeliveryStatus;
  /** How many times it was sent. */
  readonly tries: number;
  /** If it is pending: when it is sent next. */
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly endedAt?: Date;
  /** The result of the last try, as text. */
  readonly answer?: string;
  /** The number of its changes. */
  readonly version: number;
};

export type DeliveryChange = {
  readonly status: DeliveryStatus;
  readonly tries: number;
  readonly dueAt: Date;
  readonly answer?: string;
};

/** An event for which no deliveries were stored yet. */
export type UnqueuedEvent = {
  readonly operationId: string;
  readonly userId: string;
  readonly event: StoredEvent;
};

export interface Webhooks {
  /**
   * Concurrent calls do not exceed `most`, either.
   *
   * @throws `CTO_E_USER_UNKNOWN`; `CTO_E_WEBHOOK_INVALID` if the user has `most` webhooks already
   */
  addWebhook(webhook: NewWebhook): Promise<Webhook>;
  /** Returns removed webhooks, too; null if no webhook ever had this id. */
  readWebhook(id: string): Promise<{ webhook: Webhook; secrets: string } | null>;
  /** Returns all webhooks, including removed ones, in the order in which they were added. */
  listWebhooks(): Promise<Webhook[]>;
  /** Removes the webhook for good. A second call keeps the first time. Returns null if there is no such webhook. */
  removeWebhook(id: string): Promise<Webhook | null>;
  /** Changes a webhook, unless it was removed. Returns null if there is no such webhook, or if it was removed. */
  changeWebhook(id: string, change: WebhookChange): Promise<Webhook | null>;
  /** Compare-and-set on the secrets themselves. */
  replaceWebhookSecrets(id: string, expected: string, secrets: string): Promise<boolean>;

  /** Returns events that are not marked as queued, of users with a webhook, in order within each operation. */
  listUnqueuedEvents(limit: number): Promise<UnqueuedEvent[]>;
  /** Marks an operation's events up to this number as queued: their deliveries have been stored. */
  markQueued(operationId: string, seq: number): Promise<void>;

  /** Stores the deliveries whose id is new; does not change the others. */
  writeDeliveries(deliveries: readonly NewDelivery[]): Promise<void>;
  readDelivery(id: string): Promise<Delivery | null>;
  /**
   * Newest first.
   *
   * @param before the last delivery of the page before; absent: from the newest one on
   */
  listDeliveries(webhookId: string, limit: number, before?: string): Promise<Delivery[]>;
  /**
   * Returns lanes with a pending delivery that is due, at most `limit`, the one that has been due for longest first.
   * A lane counts once, however many deliveries of it are due.
   *
   * @param except webhooks whose lanes are left out
   */
  listDueLanes(now: Date, limit: number, except?: readonly string[]): Promise<string[]>;
  /** Returns the first pending delivery of a lane. */
  nextDelivery(lane: string): Promise<Delivery | null>;
  /**
   * Compare-and-set on the version. Sets `endedAt` if the status is no longer `pending`, and clears it if it is
   * `pending` again.
   */
  changeDelivery(id: string, version: number, change: DeliveryChange): Promise<Delivery | null>;
  /** Sets when the pending deliveries of a lane that were never sent are tried next. */
  postponeLane(lane: string, dueAt: Date): Promise<void>;
  /** Returns how many deliveries ended before this time. Pending ones never count. */
  countEndedDeliveries(before: Date): Promise<number>;
  /** Removes deliveries that ended before this time, at most `limit`. Returns how many it has removed. */
  dropEndedDeliveries(before: Date, limit: number): Promise<number>;
}
