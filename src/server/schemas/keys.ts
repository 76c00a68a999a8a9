/** Defines the schemas of API keys in responses. */
import { z } from "zod";
import { API_SCOPES } from "../../engine/ports/api-keys.ts";
import { timeSchema } from "./common.ts";

export const scopeSchema = z.enum(API_SCOPES);

export const keyInfoSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scopeSchema),
    userId: z.string().nullable().meta({ description: "The one user it may act for; null: all" }),
    createdAt: timeSchema,
    createdBy: z.string(),
    lastUsedAt: timeSchema.nullable(),
    revokedAt: timeSchema.nullable(),
    expiresAt: timeSchema.nullable().meta({ description: "From then on it is refused; null: never" }),
    addresses: z
      .array(z.string())
      .nullable()
      .meta({ description: "Addresses and networks that it may be used from; null: anywhere" }),
  })
  .meta({ id: "KeyInfo" });
export type KeyInfo = z.infer<typeof keyInfoSchema>;

export const createdKeySchema = z.object({
  key: keyInfoSchema,
  secret: z.string().meta({ description: "The key itself, shown this once" }),
});
