/** Parses rows of `cto.legs`. */
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import type { Leg } from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const legRow = z.object({
  leg: z.number(),
  wallet_id: z.string(),
  address: z.string(),
  // pg returns bigint and numeric as decimal text.
  lamports: z.coerce.bigint(),
  tokens_before: z.coerce.bigint(),
  least_tokens: z.coerce.bigint().nullable(),
  tokens_received: z.coerce.bigint().nullable(),
});

export const parseLeg = (row: unknown): Leg =>
  parseRow("legs", () => {
    const parsed = legRow.parse(row);
    return withoutNulls({
      index: parsed.leg,
      walletId: parsed.wallet_id,
      address: address(parsed.address),
      lamports: lamports(parsed.lamports),
      tokensBefore: parsed.tokens_before,
      leastTokens: parsed.least_tokens,
      tokensReceived: parsed.tokens_received,
    });
  });
