/** Defines the schemas of Solana Actions, as version 2.4 of their specification has them. Clients may send further fields. */
import { z } from "zod";
import { addressSchema, signatureText } from "./common.ts";

const linkedSchema = z.object({
  type: z.enum(["message", "transaction"]),
  href: z.string(),
  label: z.string(),
  parameters: z
    .array(
      z.object({
        type: z.literal("number"),
        name: z.string(),
        label: z.string(),
        required: z.boolean(),
        min: z.number(),
        max: z.number(),
      }),
    )
    .optional(),
});

export const actionErrorSchema = z.object({ message: z.string() }).meta({ id: "ActionError" });

const shown = {
  icon: z.url(),
  title: z.string(),
  description: z.string(),
  label: z.string(),
  disabled: z.boolean().optional(),
  error: actionErrorSchema.optional(),
};

export const actionSchema = z
  .object({
    type: z.literal("action"),
    ...shown,
    links: z.object({ actions: z.array(linkedSchema) }).optional(),
  })
  .meta({ id: "Action", description: "A call as a client of Solana Actions shows it" });
export type Action = z.input<typeof actionSchema>;

export const completedActionSchema = z.object({ type: z.literal("completed"), ...shown });
export type CompletedAction = z.input<typeof completedActionSchema>;

export const actionRulesSchema = z
  .object({ rules: z.array(z.object({ pathPattern: z.string(), apiPath: z.string() })) })
  .meta({ id: "ActionsJson" });

export const actionBodySchema = z.object({ account: addressSchema });

/** The amount is in the URL, or in the body if the client does not fill in the URL. */
export const pledgeActionBodySchema = actionBodySchema.extend({
  data: z.object({ sol: z.string().max(40).optional() }).optional(),
});
export const pledgeActionQuerySchema = z.object({ sol: z.string().max(40).optional() });

export const buyActionQuerySchema = z.object({
  ticket: z.string().max(100).default("").meta({
    description: "Of the link that the answer to `asked` has: for this wallet, once, for five minutes",
  }),
});

export const pledgedActionBodySchema = actionBodySchema.extend({
  signature: signatureText.meta({ ...signatureText.meta(), description: "Of the text, base58" }),
  state: z.string().max(2_000),
});

export const messageActionSchema = z.object({
  type: z.literal("message"),
  data: z.string().meta({ description: "The text that the wallet signs" }),
  state: z.string(),
  message: z.string(),
  links: z.object({ next: z.object({ type: z.literal("post"), href: z.string() }) }),
});

export const transactionActionSchema = z.object({
  type: z.literal("transaction"),
  transaction: z.string().meta({ description: "Base64, unsigned" }),
  message: z.string(),
});
