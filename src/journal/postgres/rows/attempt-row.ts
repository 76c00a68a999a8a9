/** Parses rows of `cto.attempts`. */
import { type Base64EncodedWireTransaction, blockhash, lamports, signature } from "@solana/kit";
import { z } from "zod";
import { type Attempt, VENUES } from "../../../engine/ports.ts";
import { storedFunded } from "../../stored-funded.ts";
import { withoutNulls } from "../../without-nulls.ts";

/** The attempt's columns in a row of steps joined with attempts. */
export const attemptColumns = z.object({
  number: z.number(),
  signature: z.string(),
  message_version: z.union([z.literal(0), z.literal(1)]),
  wire: z.base64(),
  blockhash: z.string(),
  last_valid_block_height: z.coerce.bigint(),
  blockhash_slot: z.coerce.bigint(),
  venue: z.enum(VENUES).nullable(),
  quoted_tokens_out: z.coerce.bigint().nullable(),
  min_tokens_out: z.coerce.bigint().nullable(),
  returned: z.coerce.bigint().nullable(),
  funded: storedFunded,
  cost_network: z.coerce.bigint(),
  cost_priority: z.coerce.bigint(),
  cost_rent: z.coerce.bigint(),
  attempt_status: z.enum(["live", "landed", "dead"]),
  slot: z.coerce.bigint().nullable(),
  reason: z.string().nullable(),
  created_at: z.date(),
});

export const toAttempt = (row: z.infer<typeof attemptColumns>): Attempt =>
  withoutNulls({
    number: row.number,
    signature: signature(row.signature),
    messageVersion: row.message_version,
    wire: row.wire as Base64EncodedWireTransaction,
    blockhash: blockhash(row.blockhash),
    lastValidBlockHeight: row.last_valid_block_height,
    blockhashSlot: row.blockhash_slot,
    venue: row.venue,
    quotedTokensOut: row.quoted_tokens_out,
    minTokensOut: row.min_tokens_out,
    returned: row.returned === null ? null : lamports(row.returned),
    funded: row.funded ?? null,
    costs: {
      network: lamports(row.cost_network),
      priority: lamports(row.cost_priority),
      rent: lamports(row.cost_rent),
    },
    status: row.attempt_status,
    slot: row.slot,
    reason: row.reason,
    createdAt: row.created_at,
  });
