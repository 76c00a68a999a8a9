/** Defines the schemas of open calls: what members and callers send, and a call as anyone sees it. */
import { isSignature } from "@solana/kit";
import { z } from "zod";
import { requestSchema, signableSchema, statementSchema } from "../../calls/pledge.ts";
import { PHASES } from "../../engine/calls/muster.ts";
import { addressSchema, amountSchema, signatureText, timeSchema } from "./common.ts";

export const callIdSchema = z.object({
  id: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/, "must be letters, digits, - or _")
    .meta({ description: "A call's id" }),
});

export const callMemberSchema = callIdSchema.extend({ wallet: addressSchema });

/** The service parses the terms, because each of their values has one spelling that is hashed. */
const startSchema = z.strictObject({
  callId: z.string(),
  termsHash: z.string(),
  wallet: z.string(),
  expiresAt: z.string(),
  nonce: z.string(),
});
export const toStartSchema = z.object({
  start: startSchema,
  text: z.string().meta({ description: "What the caller's wallet signs" }),
});
export const startBodySchema = z.strictObject({
  start: startSchema,
  signature: signatureText.meta({ ...signatureText.meta(), description: "Of the start's text, base58" }),
});

export const termsBodySchema = z
  .record(z.string(), z.unknown())
  .meta({ id: "CallTerms", description: "The terms of a call: docs/calls.md describes every field" });

export const announcementSchema = z.object({
  memo: z.string().meta({ description: "What the caller's wallet publishes on chain" }),
  transaction: z
    .string()
    .meta({ description: "Base64, unsigned: the memo alone, paid by the caller's wallet" }),
});

export const announcedSchema = z.union([
  z.strictObject({
    signature: signatureText
      .refine((text): boolean => isSignature(text), { message: "is not a signature" })
      .meta({ ...signatureText.meta(), description: "Of the transaction, if the wallet has sent it" }),
  }),
  z.strictObject({
    transaction: z.string().max(6_000).meta({
      description:
        "Base64, signed by the caller's wallet: it is sent, and may be sent again until it is final",
    }),
  }),
]);

/**
 * The service parses statements, because each of their values has one spelling that is signed. Any object is taken here, and its
 * fields are only described.
 */
const statementField = (schema: z.ZodType, description: string) => {
  const { $schema: _, oneOf, ...one } = z.toJSONSchema(schema, { io: "input" });
  const fields = oneOf === undefined ? one : { anyOf: oneOf };
  return z.record(z.string(), z.unknown()).meta({ description, ...fields });
};

export const textBodySchema = z.object({
  statement: statementField(
    signableSchema,
    "A pledge, a withdrawal, or the request for a transaction: what the wallet will sign",
  ),
});

export const pledgeBodySchema = z.object({
  statement: statementField(statementSchema, "A pledge or a withdrawal, whose text the wallet has signed"),
  signature: signatureText.meta({ ...signatureText.meta(), description: "Of the statement's text, base58" }),
  way: z.enum(["signs", "sends"]).default("signs").meta({
    description: "`sends`: the wallet can only sign and send, and does not count towards the least",
  }),
  version: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .meta({ description: "The newest transaction version that the wallet signs" }),
});

/** A wallet that signs needs none: it may send no body, or an empty one. What a wallet that only sends lacks, the service says. */
export const proofBodySchema = z
  .strictObject({
    statement: statementField(
      requestSchema,
      "Of kind `request`, valid for 15 minutes at most: `POST …/statement` has its text",
    ),
    signature: pledgeBodySchema.shape.signature,
  })
  .partial()
  .nullish();

const waySchema = z.enum(["signs", "sends"]);

const memberSchema = z.object({
  leg: z.number().int(),
  wallet: z.string(),
  lamports: amountSchema,
  way: waySchema,
  caller: z.boolean().meta({ description: "One of the caller's own wallets" }),
  withdrawn: z.boolean(),
  phase: z.enum(Object.keys(PHASES) as [keyof typeof PHASES]).nullable(),
  memo: z.string(),
  signature: z.string().optional(),
  sentByMember: z.literal(true).optional(),
  slot: amountSchema.optional(),
  tokens: amountSchema.optional(),
  funder: z.string().optional().meta({
    description: "Who paid for its first incoming transaction, or `unknown`; absent before the look",
  }),
  spent: amountSchema.optional().meta({ description: "Lamports that left the wallet, with fees and rents" }),
});

export const fundersSchema = z
  .object({ distinct: z.number().int(), unknown: z.number().int() })
  .meta({ description: "Distinct funders of the members' wallets, and members whose funder is unknown" });
export const saleSchema = z
  .object({ wallet: z.string(), signature: z.string(), slot: amountSchema, tokens: amountSchema })
  .meta({ description: "The token left a wallet of the caller: sold, or sent away" });

export const leftOffSchema = z.literal(true).optional().meta({
  description: "More sales were found than the 200 that are listed; in none of them more tokens left",
});

export const unreadSchema = z.array(z.string()).meta({
  description:
    "The caller's wallets whose history since the announcement was not read to its end: there may be more sales",
});

const sumSchema = z.object({ wallets: z.number().int(), lamports: amountSchema });

const fitsSchema = sumSchema.meta({
  description:
    "What a muster would take now of the covered pledges of wallets that sign: it counts towards the least. Pledges are taken in their order, and one that would exceed the most is passed over",
});

const musterSchema = z.object({
  endsAt: timeSchema,
  round: z.number().int(),
  released: z.boolean(),
  enough: z.boolean(),
  signed: sumSchema,
  heights: z
    .object({ signUntil: amountSchema, sendUntil: amountSchema, dead: amountSchema })
    .nullable()
    .meta({ description: "Block heights of the present round" }),
  members: z.array(memberSchema),
});

export const callSchema = z
  .object({
    call: z.literal(1),
    callId: z.string(),
    status: z.enum(["announced", "open", "mustering", "landed", "lapsed"]),
    terms: termsBodySchema,
    termsHash: z.string(),
    memo: z.string(),
    announcement: z.object({ signature: z.string(), slot: amountSchema }).nullable(),
    powers: z
      .array(z.enum(["fee", "freeze", "hook"]))
      .meta({ description: "What the mint's issuer can do to its holders" }),
    pledges: z.array(
      z.object({
        wallet: z.string(),
        lamports: amountSchema,
        way: waySchema,
        at: timeSchema,
        expiresAt: timeSchema,
        covered: z.boolean().nullable().meta({
          description: "Whether the wallet held enough at the last look; null before the first one",
        }),
      }),
    ),
    pledged: sumSchema.extend({ covered: sumSchema, fits: fitsSchema }),
    muster: musterSchema.nullable(),
    funders: fundersSchema.nullable(),
    sales: z.array(saleSchema),
    salesLeftOff: leftOffSchema,
    salesUnread: unreadSchema,
    totals: z.object({ landed: z.number().int(), lamports: amountSchema, tokens: amountSchema }),
    waits: z.string().nullable(),
    ended: z.object({ at: timeSchema, why: z.string() }).nullable(),
  })
  .meta({ id: "Call", description: "An open call, and its receipt once it is over" });

export const createdCallSchema = z.object({ call: callSchema, announcement: announcementSchema });

export const callListSchema = z.object({
  calls: z.array(
    callSchema
      .pick({ callId: true, status: true, terms: true, termsHash: true })
      .extend({ createdAt: timeSchema }),
  ),
});

export const statementTextSchema = z.object({
  text: z.string().meta({ description: "What the wallet signs" }),
});

export const toSignSchema = z
  .object({
    transaction: z.string().meta({ description: "Base64, unsigned. Sign it, and do not send it" }),
    version: z.union([z.literal(0), z.literal(1)]),
    memo: z.string(),
    venue: z.string(),
    leastTokens: amountSchema.meta({ description: "It fails rather than bring fewer base units" }),
    mayLeave: amountSchema.meta({
      description: "The most lamports that may leave the wallet; rents of its own accounts come on top",
    }),
    ownRents: amountSchema.meta({
      description: "Lamports: rents of token accounts that it opens for the wallet. They stay its own",
    }),
    signUntil: amountSchema.meta({ description: "The last block height at which a signature is accepted" }),
    height: amountSchema,
  })
  .meta({ id: "ToSign" });

export const signedBodySchema = z.object({
  transaction: z.string().max(6_000).meta({ description: "Base64, signed by the member's wallet" }),
});
export const signedSchema = z.object({ signature: z.string() });
