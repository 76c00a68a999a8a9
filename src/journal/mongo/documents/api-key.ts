/** Parses documents of `apiKeys`. */
import { z } from "zod";
import { API_SCOPES, type ApiKey } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { withoutNulls } from "../../without-nulls.ts";

const apiKey = z.object({
  _id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(API_SCOPES)),
  userId: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
  // Documents of earlier releases have neither.
  expiresAt: z.date().nullish(),
  addresses: z.array(z.string()).nullish(),
});

export type ApiKeyDocument = z.infer<typeof apiKey> & {
  readonly number: number;
  readonly secretHash: string;
  readonly write: string;
};

/** Omits the hash of the key's secret, if the document has it. */
export const parseApiKey = (document: unknown): ApiKey =>
  parseRecord("apiKeys", () => {
    const { _id, expiresAt = null, addresses = null, ...parsed } = apiKey.parse(document);
    return withoutNulls({ ...parsed, id: _id, expiresAt, addresses });
  });

const secret = z.object({ secretHash: z.string() });

export const parseSecretHash = (document: unknown): string =>
  parseRecord("apiKeys", () => secret.parse(document).secretHash);
