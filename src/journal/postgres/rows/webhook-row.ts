/** Parses rows of `cto.webhooks` and `cto.deliveries`. */
import { z } from "zod";
import {
  DELIVERY_STATUSES,
  DELIVERY_TYPES,
  type Delivery,
  WEBHOOK_EVENTS,
  type Webhook,
} from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const webhookRow = z.object({
  id: z.string(),
  user_id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  created_by: z.string(),
  created_at: z.date(),
  removed_at: z.date().nullable(),
});

/** Omits the webhook's secrets, if the row has them. */
export const parseWebhook = (row: unknown): Webhook =>
  parseRow("webhooks", () => {
    const { id, url, events, ...rest } = webhookRow.parse(row);
    return withoutNulls({
      id,
      url,
      events,
      userId: rest.user_id,
      createdBy: rest.created_by,
      createdAt: rest.created_at,
      removedAt: rest.removed_at,
    });
  });

const secretsRow = z.object({ secrets: z.string() });

export const parseWebhookSecrets = (row: unknown): string =>
  parseRow("webhooks", () => secretsRow.parse(row).secrets);

const deliveryRow = z.object({
  id: z.string(),
  webhook_id: z.string(),
  lane: z.string(),
  position: z.number(),
  type: z.enum(DELIVERY_TYPES),
  payload: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  tries: z.number(),
  due_at: z.date(),
  created_at: z.date(),
  ended_at: z.date().nullable(),
  answer: z.string().nullable(),
  version: z.number(),
});

export const parseDelivery = (row: unknown): Delivery =>
  parseRow("deliveries", () => {
    const { webhook_id, due_at, created_at, ended_at, ...same } = deliveryRow.parse(row);
    return withoutNulls({
      ...same,
      webhookId: webhook_id,
      dueAt: due_at,
      createdAt: created_at,
      endedAt: ended_at,
    });
  });

const laneRow = z.object({ lane: z.string() });

export const parseLane = (row: unknown): string => parseRow("deliveries", () => laneRow.parse(row).lane);

const countRow = z.object({ count: z.number() });

export const parseCount = (row: unknown): number => parseRow("deliveries", () => countRow.parse(row).count);

const ownerRow = z.object({ operation_id: z.string(), user_id: z.string() });

/** Returns the operation and the user of a row of `cto.events`. */
export const parseEventOwner = (row: unknown): { operationId: string; userId: string } =>
  parseRow("events", () => {
    const { operation_id, user_id } = ownerRow.parse(row);
    return { operationId: operation_id, userId: user_id };
  });
