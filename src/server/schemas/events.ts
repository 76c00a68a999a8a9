/**
 * Defines what each event and each webhook message contains when it is sent. `docs/asyncapi.json` is generated from
 * these schemas (`npm run docs`). Amounts and slots are decimal text. A later release may add fields.
 */
import { z } from "zod";
import { type OperationEvent, PHASES } from "../../engine/operation/events.ts";
import { OPERATION_STATUSES, RESOLUTIONS, STEP_STATUSES } from "../../engine/operation/model.ts";
import type { DeliveryType } from "../../engine/ports/webhooks.ts";
import { amountSchema, timeSchema } from "./common.ts";
import { tokenLabelSchema, totalsSchema } from "./operations.ts";

type EventType = OperationEvent["type"];
/** The fields that every member of the type has, and those that only some of them have. */
type FieldsOf<Type extends EventType> = Exclude<
  keyof Extract<OperationEvent, { type: Type }>,
  "type" | "progress"
>;

const failure = z.object({ code: z.string(), message: z.string() });

const leg = z.number().int().min(1).meta({ description: "The leg's number, from 1" });

/** How far one transaction has come. */
const step = {
  status: z.enum(STEP_STATUSES),
  signature: z.string().optional(),
  slot: amountSchema.optional(),
  failure: failure.optional(),
};

/** The fields of each type, beside those of {@link common}. The types make sure that none is forgotten. */
const FIELDS = {
  phase: {
    phase: z.enum(Object.keys(PHASES) as (keyof typeof PHASES)[]),
    label: z.string(),
    token: tokenLabelSchema.optional(),
  },
  leg: { leg, address: z.string(), lamports: amountSchema, ...step },
  fund: { batch: z.number().int().min(1), firstLeg: leg, lastLeg: leg, ...step },
  recover: { leg, address: z.string(), lamports: amountSchema, ...step },
  result: { status: z.enum(OPERATION_STATUSES), failure: failure.optional() },
  incident: {
    leg,
    address: z.string(),
    received: amountSchema,
    least: amountSchema,
    signature: z.string(),
    slot: amountSchema,
    failure,
  },
  review: {
    leg,
    resolution: z.enum(RESOLUTIONS),
    forced: z.boolean(),
    reviewer: z.string(),
    reason: z.string(),
    evidence: z.string(),
    signature: z.string().optional(),
  },
} satisfies { readonly [Type in EventType]: Readonly<Record<FieldsOf<Type>, z.ZodType>> };

const common = {
  jobId: z.string(),
  seq: z.number().int().min(1).meta({ description: "From 1, without gaps, per operation" }),
  at: timeSchema,
  progress: z.number().min(0).max(100),
  compacted: z
    .number()
    .int()
    .optional()
    .meta({ description: "How many events were removed directly before this one, by `cto prune`" }),
};

const eventOf = <Type extends EventType>(type: Type) =>
  z.object({ ...common, type: z.literal(type), ...FIELDS[type] });

/** The events of an operation, as the HTTP API, its stream and Socket.IO send them. */
export const EVENT_SCHEMAS = {
  phase: eventOf("phase"),
  leg: eventOf("leg"),
  fund: eventOf("fund"),
  recover: eventOf("recover"),
  result: eventOf("result"),
  incident: eventOf("incident"),
  review: eventOf("review"),
} satisfies { readonly [Type in EventType]: z.ZodType };

/** Socket.IO sends the end of an operation with its totals. */
export const socketResultSchema = EVENT_SCHEMAS.result.extend({
  totals: totalsSchema
    .nullable()
    .meta({ description: "null: the journal could not be read; read the operation itself" }),
});

const ofOperation = { operationId: z.string(), userId: z.string(), seq: common.seq };

const message = <Type extends DeliveryType>(type: Type, data: z.ZodRawShape) =>
  z.object({ type: z.literal(type), timestamp: timeSchema, data: z.object(data) });

const { status: _step, ...landing } = FIELDS.leg;

/** The bodies of webhooks, by their type. */
export const WEBHOOK_SCHEMAS = {
  "operation.started": message("operation.started", ofOperation),
  "leg.landed": message("leg.landed", { ...ofOperation, ...landing }),
  "leg.failed": message("leg.failed", { ...ofOperation, ...landing }),
  "operation.completed": message("operation.completed", { ...ofOperation, ...FIELDS.result }),
  "operation.needs_review": message("operation.needs_review", { ...ofOperation, ...FIELDS.result }),
  "operation.incident": message("operation.incident", { ...ofOperation, ...FIELDS.incident }),
  "balance.low": message("balance.low", {
    userId: z.string(),
    walletId: z.string(),
    address: z.string(),
    role: z.enum(["funding", "buyer"]),
    lamports: amountSchema,
    below: amountSchema,
    slot: amountSchema,
  }),
  "webhook.test": message("webhook.test", { webhookId: z.string(), userId: z.string() }),
} satisfies { readonly [Type in DeliveryType]: z.ZodType };
