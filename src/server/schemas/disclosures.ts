/** Defines the schema of the feed of what was bought in the open: JSON Feed 1.1, with what scanners need in `_cto`. */
import { z } from "zod";
import { fundersSchema } from "./calls.ts";
import { amountSchema, timeSchema } from "./common.ts";

const disclosureSchema = z.object({
  id: z.string(),
  url: z.string().optional(),
  title: z.string(),
  content_text: z.string(),
  date_published: timeSchema,
  _cto: z.object({
    kind: z.enum(["call", "operation"]),
    id: z.string(),
    mint: z.string(),
    status: z.string(),
    memo: z.string().meta({ description: "How every memo of it begins" }),
    wallets: z.array(
      z.object({
        wallet: z.string(),
        lamports: amountSchema,
        funder: z.string().meta({ description: "A wallet, or `unknown`" }),
      }),
    ),
    funders: fundersSchema.nullable(),
    termsHash: z.string().optional(),
    caller: z.object({ wallet: z.string(), wallets: z.array(z.string()) }).optional(),
  }),
});

export const disclosureFeedSchema = z
  .object({
    version: z.literal("https://jsonfeed.org/version/1.1"),
    title: z.string(),
    description: z.string(),
    feed_url: z.string().optional(),
    next_url: z.string().optional(),
    items: z.array(disclosureSchema),
  })
  .meta({ id: "Disclosures" });
