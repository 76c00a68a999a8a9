/**
 * The zod schemas for the parts of Solana's JSON-RPC answers.
 *
 * We parse every integer as a `bigint` (kit's bigint-safe JSON), so that no u64 loses digits.
 */
import {
  type Address,
  type Blockhash,
  isAddress,
  isBlockhash,
  isSignature,
  lamports,
  type Signature,
} from "@solana/kit";
import { z } from "zod";

const U64_MAX = 2n ** 64n - 1n;

export const u64 = z.bigint().min(0n).max(U64_MAX);

export const lamportsAnswer = u64.transform((value) => lamports(value));

const text = z.string();

export const addressAnswer = z.custom<Address>(
  (value) => isAddress(text.catch("").parse(value)),
  "not an address",
);

export const blockhashAnswer = z.custom<Blockhash>(
  (value) => isBlockhash(text.catch("").parse(value)),
  "not a blockhash",
);

export const signatureAnswer = z.custom<Signature>(
  (value) => isSignature(text.catch("").parse(value)),
  "not a signature",
);

/** `{ context: { slot }, value }`: the answer of most read methods. */
export const inContext = <Value extends z.ZodType>(value: Value) =>
  z.object({ context: z.object({ slot: u64 }), value });

/** Account data in base64. We refuse a non-canonical encoding: a truncated answer must not become a shorter account. */
export const base64Data = z
  .tuple([z.string(), z.literal("base64")])
  .refine(([data]) => Buffer.from(data, "base64").toString("base64") === data, "not base64")
  .transform(([data]) => new Uint8Array(Buffer.from(data, "base64")));
