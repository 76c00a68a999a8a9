/** Defines the API's answers about webhooks, their deliveries and thresholds, and linked chats. */

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

export type Webhook = {
  id: string;
  userId: string;
  url: string;
  events: WebhookEvent[];
  createdAt: string;
  createdBy: string;
};

export type Delivery = {
  id: string;
  type: string;
  status: "pending" | "delivered" | "failed";
  tries: number;
  /** The result of the last try. */
  answer: string | null;
  createdAt: string;
  /** If it is pending: when it is sent next. */
  dueAt: string | null;
  endedAt: string | null;
};
export type DeliveryPage = { deliveries: Delivery[]; nextCursor: string | null };

/** Lamports; null: these wallets are not watched. */
export type BalanceAlert = { fundingLamports: string | null; buyerLamports: string | null };

export type Chat = { chatId: string; userId: string; since: string };
export type ChatCode = { code: string; expiresAt: string };
