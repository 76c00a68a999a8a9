/** Defines the schemas of users and wallets in requests and responses. */
import { z } from "zod";
import { idSchema, plainText } from "../../contract/types.ts";
import { addressSchema, amountSchema, mintText, timeSchema, wholeNumberText } from "./common.ts";

export const userSchema = z
  .object({ id: z.string(), name: z.string().nullable(), createdAt: timeSchema })
  .meta({ id: "User" });
export type UserView = z.infer<typeof userSchema>;

/** The most users on one page. */
export const MOST_USERS = 200;

export const userQuerySchema = z.object({
  search: z.string().max(128).optional().meta({ description: "The beginning of an id, or a part of a name" }),
  cursor: z.string().max(128).optional().meta({ description: "`nextCursor` of the page before" }),
  limit: wholeNumberText(1, MOST_USERS)
    .optional()
    .meta({ description: "Without it, a search and a cursor: all users" }),
});

export const userListSchema = z.object({ users: z.array(userSchema), nextCursor: z.string().nullable() });

export const userIdSchema = z.object({ id: idSchema });

const roleSchema = z.enum(["buyer", "funding"]);
const labelSchema = plainText(200).optional().meta({ description: "For people to read; on no receipt" });

export const walletSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    role: roleSchema,
    address: z.string(),
    position: z.number().int().meta({ description: "The order of legs" }),
    label: z.string().nullable(),
    disabled: z.boolean().meta({ description: "Left out of new operations" }),
    createdAt: timeSchema,
    balance: z
      .object({ lamports: amountSchema, tokens: amountSchema.nullable() })
      .nullable()
      .meta({ description: "When it was asked for and a cluster answers" }),
  })
  .meta({ id: "Wallet" });
export type WalletView = z.infer<typeof walletSchema>;

export const walletListSchema = z.object({ wallets: z.array(walletSchema) });

export const walletQuerySchema = z.object({
  balances: z.enum(["true", "false"]).default("false"),
  token: mintText.optional().meta({ description: "With balances: also those of this mint" }),
});

export const generateSchema = z.strictObject({
  count: z.number().int().min(1).max(100),
  role: roleSchema,
  label: labelSchema,
});

export type GenerateWallets = z.infer<typeof generateSchema>;

export const importSchema = z.strictObject({
  privateKey: z
    .string()
    .min(1)
    .max(1_000)
    .meta({ description: "In any form that wallets export, in clear; never shown again" }),
  expectedAddress: addressSchema.optional().meta({
    description: "The address that the key must belong to. A key of 32 bytes needs it",
  }),
  role: roleSchema,
  label: labelSchema,
});
export type ImportWallet = z.infer<typeof importSchema>;
