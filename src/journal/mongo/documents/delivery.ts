/** Parses documents of `deliveries`. */
import { z } from "zod";
import { DELIVERY_STATUSES, DELIVERY_TYPES, type Delivery } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { withoutNulls } from "../../without-nulls.ts";

const delivery = z.object({
  _id: z.string(),
  webhookId: z.string(),
  lane: z.string(),
  position: z.number().int(),
  type: z.enum(DELIVERY_TYPES),
  payload: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  tries: z.number().int(),
  dueAt: z.date(),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
  answer: z.string().nullable(),
  version: z.number().int(),
});

export type DeliveryDocument = z.infer<typeof delivery> & {
  readonly number: number;
  readonly write: string;
};

export const parseDelivery = (document: unknown): Delivery =>
  parseRecord("deliveries", () => {
    const { _id, ...parsed } = delivery.parse(document);
    return withoutNulls({ ...parsed, id: _id });
  });

const untold = z.object({ operationId: z.string(), untoldOf: z.string() });

/** Returns the operation and the user of a document of `events`. */
export const parseEventOwner = (document: unknown): { operationId: string; userId: string } =>
  parseRecord("events", () => {
    const { operationId, untoldOf } = untold.parse(document);
    return { operationId, userId: untoldOf };
  });
