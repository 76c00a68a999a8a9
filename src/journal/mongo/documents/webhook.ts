/** Parses documents of `webhooks`. */
import { z } from "zod";
import { WEBHOOK_EVENTS, type Webhook } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { withoutNulls } from "../../without-nulls.ts";

const webhook = z.object({
  _id: z.string(),
  userId: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  createdBy: z.string(),
  createdAt: z.date(),
  removedAt: z.date().nullable(),
});

export type WebhookDocument = z.infer<typeof webhook> & {
  readonly number: number;
  readonly secrets: string;
  readonly write: string;
};

/** Omits the webhook's secrets, if the document has them. */
export const parseWebhook = (document: unknown): Webhook =>
  parseRecord("webhooks", () => {
    const { _id, ...parsed } = webhook.parse(document);
    return withoutNulls({ ...parsed, id: _id });
  });

const secrets = z.object({ secrets: z.string() });

export const parseWebhookSecrets = (document: unknown): string =>
  parseRecord("webhooks", () => secrets.parse(document).secrets);
