/** Parses rows of `cto.api_keys`. */
import { z } from "zod";
import { API_SCOPES, type ApiKey } from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const apiKeyRow = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(API_SCOPES)),
  user_id: z.string().nullable(),
  created_by: z.string(),
  created_at: z.date(),
  last_used_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  expires_at: z.date().nullable(),
  addresses: z.array(z.string()).nullable(),
});

/** Omits the hash of the key's secret, if the row has it. */
export const parseApiKey = (row: unknown): ApiKey =>
  parseRow("api_keys", () => {
    const { id, name, scopes, ...rest } = apiKeyRow.parse(row);
    return withoutNulls({
      id,
      name,
      scopes,
      userId: rest.user_id,
      createdBy: rest.created_by,
      createdAt: rest.created_at,
      lastUsedAt: rest.last_used_at,
      revokedAt: rest.revoked_at,
      expiresAt: rest.expires_at,
      addresses: rest.addresses,
    });
  });

const secretRow = z.object({ secret_hash: z.string() });

export const parseSecretHash = (row: unknown): string =>
  parseRow("api_keys", () => secretRow.parse(row).secret_hash);
