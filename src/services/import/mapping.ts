/**
 * Defines where an existing bot's database stores users and wallets: the names of collections and fields, with common
 * names as defaults.
 */
import { z } from "zod";
import { problemsOf } from "../../contract/parse.ts";
import { CTOError } from "../../errors/index.ts";

const name = z.string().trim().min(1);
/** Field names. The first one that a document has is used. A dot leads into an inner document. */
const field = z.union([name.transform((one) => [one]), z.array(name)]);

/** Whether a document's field has this value, such as `{ "field": "isBuyer", "is": true }`. */
const condition = z.strictObject({ field: name, is: z.union([z.string(), z.number(), z.boolean()]) });

const usersSchema = z.strictObject({
  collection: name.default("users"),
  id: field
    .prefault("_id")
    .describe("what the user is called here: what your application enqueues as userId"),
  name: field.prefault(["userName", "username", "name", "firstName"]).describe("for people to read"),
  referredToBy: field
    .prefault(["_id", "telegramId", "chatId"])
    .describe("what a wallet may name its user by"),
  fundingWallet: field.prefault("fundingWallet").describe("names the _id of the user's funding wallet"),
  wallets: field.prefault("wallets").describe("wallets that stand in the user's own document"),
});

const walletsSchema = z.strictObject({
  collection: name.default("wallets"),
  user: field.prefault(["user", "userId", "owner", "telegramId", "chatId"]),
  privateKey: field.prefault(["privateKey", "encryptedPrivateKey", "secretKey"]),
  publicKey: field
    .prefault(["publicKey", "address"])
    .describe("the key must belong to it, where there is one"),
  label: field.prefault(["label", "name"]),
  funding: z
    .array(condition)
    .default([
      { field: "isFunding", is: true },
      { field: "role", is: "funding" },
      { field: "type", is: "funding" },
    ])
    .describe("any of these makes it the user's funding wallet"),
  buyer: z
    .array(condition)
    .default([
      { field: "isBuyer", is: true },
      { field: "role", is: "buyer" },
      { field: "type", is: "buyer" },
    ])
    .describe("else any of these makes it a buyer"),
  leaveOut: z
    .array(condition)
    .default([
      { field: "isDev", is: true },
      { field: "role", is: "dev" },
      { field: "type", is: "dev" },
    ])
    .describe("else any of these leaves it out"),
  otherwise: z.enum(["buyer", "funding", "leave out"]).default("buyer"),
});

const mappingSchema = z.strictObject({
  users: usersSchema.prefault({}),
  wallets: walletsSchema.prefault({}),
});

export type Mapping = z.output<typeof mappingSchema>;
export type Condition = z.infer<typeof condition>;

export const DEFAULT_MAPPING: Mapping = mappingSchema.parse({});

/**
 * Parses a mapping and fills in the defaults.
 *
 * @param given the fields that differ from the defaults
 * @throws `CTO_E_IMPORT_MAPPING_INVALID`
 */
export function parseMapping(given: unknown): Mapping {
  const parsed = mappingSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new CTOError("CTO_E_IMPORT_MAPPING_INVALID", { problems: problemsOf(parsed.error, "mapping") });
}
