/** Defines the schemas of webhooks, their deliveries, their balance thresholds, and of linked chats. */
import { z } from "zod";
import { idSchema } from "../../contract/types.ts";
import { DELIVERY_STATUSES, DELIVERY_TYPES, WEBHOOK_EVENTS } from "../../engine/ports/webhooks.ts";
import { timeSchema, wholeNumberText } from "./common.ts";
import { lamportsSchema } from "./limits.ts";

const eventSchema = z.enum(WEBHOOK_EVENTS);
const urlSchema = z
  .string()
  .min(1)
  .max(2_000)
  .meta({ description: "https, at a public address", format: "uri", examples: ["https://example.org/cto"] });
const eventsSchema = z.array(eventSchema).min(1).max(100);

export const webhookSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    url: z.string(),
    events: z.array(eventSchema),
    createdAt: timeSchema,
    createdBy: z.string(),
  })
  .meta({ id: "Webhook" });
export type WebhookView = z.infer<typeof webhookSchema>;

export const webhookListSchema = z.object({ webhooks: z.array(webhookSchema) });

export const newWebhookSchema = z.strictObject({
  url: urlSchema,
  events: eventsSchema.optional().meta({ description: "Absent: all events" }),
});
export type NewWebhookBody = z.infer<typeof newWebhookSchema>;

/** A field that is absent keeps its value. The service refuses a change without a field. */
export const changeWebhookSchema = z
  .strictObject({ url: urlSchema.optional(), events: eventsSchema.optional() })
  .meta({ minProperties: 1 });
export type ChangeWebhookBody = z.infer<typeof changeWebhookSchema>;

const secretSchema = z
  .string()
  .meta({ description: "Signs what is sent, after Standard Webhooks; shown this once" });

export const addedWebhookSchema = z.object({ webhook: webhookSchema, secret: secretSchema });
export type AddedWebhook = z.infer<typeof addedWebhookSchema>;

export const rotatedSecretSchema = z.object({ secret: secretSchema });

export const queuedDeliverySchema = z.object({
  deliveryId: z.string().meta({ description: "The receiver sees it as `webhook-id`" }),
});

export const deliverySchema = z
  .object({
    id: z.string().meta({ description: "The receiver sees it as `webhook-id`" }),
    webhookId: z.string(),
    type: z.enum(DELIVERY_TYPES),
    status: z.enum(DELIVERY_STATUSES),
    tries: z.number().int(),
    answer: z.string().nullable().meta({ description: "The result of the last try" }),
    createdAt: timeSchema,
    dueAt: timeSchema.nullable().meta({ description: "If it is pending: when it is sent next" }),
    endedAt: timeSchema.nullable(),
    payload: z.string().meta({ description: "The body that is sent, JSON" }),
  })
  .meta({ id: "Delivery" });
export type DeliveryView = z.infer<typeof deliverySchema>;

export const deliveryListSchema = z.object({
  deliveries: z.array(deliverySchema),
  nextCursor: z.string().nullable(),
});

/** The most deliveries on one page. */
const MOST_DELIVERIES = 200;

export const deliveryQuerySchema = z.object({
  limit: wholeNumberText(1, MOST_DELIVERIES).default(50),
  cursor: idSchema.optional().meta({ description: "`nextCursor` of the page before" }),
});

const thresholdSchema = lamportsSchema
  .nullable()
  .meta({ description: "Lamports; null: these wallets are not watched" });

export const balanceAlertSchema = z
  .strictObject({ fundingLamports: thresholdSchema, buyerLamports: thresholdSchema })
  .meta({ id: "BalanceAlert", description: "`balance.low` is sent when a wallet falls below" });
export type BalanceAlertView = z.infer<typeof balanceAlertSchema>;

const chatIdSchema = z.string().regex(/^-?\d{1,16}$/, "must be the id of a chat: a whole number as text");

export const chatSchema = z
  .object({ chatId: z.string(), userId: z.string(), since: timeSchema })
  .meta({ id: "Chat", description: "A Telegram chat that may act for the user" });
export type ChatView = z.infer<typeof chatSchema>;

export const chatListSchema = z.object({ chats: z.array(chatSchema) });
export const chatParamsSchema = z.object({ id: idSchema, chat: chatIdSchema });

export const chatCodeSchema = z.object({
  code: z.string().meta({ description: "Send the bot `/start` and this; shown this once" }),
  expiresAt: timeSchema,
});
export type ChatCodeView = z.infer<typeof chatCodeSchema>;
