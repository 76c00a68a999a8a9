/** Defines Zod schemas of parameters that many RPC methods share. */
import { type Address, type Blockhash, isAddress, isSignature, type Signature } from "@solana/kit";
import { z } from "zod";
import { COMMITMENTS } from "../ledger.ts";

export const address = z.custom<Address>(
  (value) => typeof value === "string" && isAddress(value),
  "Invalid address",
);

export const blockhash = z.custom<Blockhash>(
  (value) => typeof value === "string" && isAddress(value),
  "Invalid blockhash",
);

export const signature = z.custom<Signature>(
  (value) => typeof value === "string" && isSignature(value),
  "Invalid signature",
);

/** A number that JSON can represent exactly. */
export const u64 = z
  .number()
  .int()
  .nonnegative()
  .transform((value) => BigInt(value));

export const commitment = z.enum(COMMITMENTS);

/** The fields of the last parameter of nearly every method. */
export const contextFields = { commitment: commitment.nullish(), minContextSlot: u64.nullish() };

export const contextConfig = z.object(contextFields).nullish();

export const transactionEncoding = z.enum(["json", "jsonParsed", "base64", "base58"]);

export const accountEncoding = z.enum(["base58", "base64", "base64+zstd", "jsonParsed"]);

export const dataSlice = z.object({
  offset: z.number().int().nonnegative(),
  length: z.number().int().nonnegative(),
});

export const accountFields = {
  ...contextFields,
  encoding: accountEncoding.nullish(),
  dataSlice: dataSlice.nullish(),
};

export const accountConfig = z.object(accountFields).nullish();

export type Context = {
  commitment?: z.infer<typeof commitment> | null | undefined;
  minContextSlot?: bigint | null | undefined;
};
