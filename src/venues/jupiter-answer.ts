/** Parses Jupiter's `GET /swap/v2/build` answer, with the format of its OpenAPI document, into kit's types. */
import {
  AccountRole,
  type Address,
  address,
  getBase64Encoder,
  type Instruction,
  isAddress,
} from "@solana/kit";
import { z } from "zod";

const U64_MAX = 2n ** 64n - 1n;

const addressSchema = z
  .string()
  .refine(isAddress, "not a base58 address")
  .transform((text): Address => address(text));

const amountSchema = z
  .string()
  .regex(/^\d{1,20}$/, "not a decimal integer")
  .transform((text) => BigInt(text))
  .refine((amount) => amount <= U64_MAX, "above the u64 range");

const roleOf = (isSigner: boolean, isWritable: boolean): AccountRole => {
  if (isSigner) return isWritable ? AccountRole.WRITABLE_SIGNER : AccountRole.READONLY_SIGNER;
  return isWritable ? AccountRole.WRITABLE : AccountRole.READONLY;
};

/** An instruction with its accounts and data, which are optional in kit's own type. */
export type FullInstruction = Required<Pick<Instruction, "programAddress" | "accounts" | "data">>;

const instructionSchema = z
  .object({
    programId: addressSchema,
    accounts: z.array(z.object({ pubkey: addressSchema, isSigner: z.boolean(), isWritable: z.boolean() })),
    data: z.base64(),
  })
  .transform(
    ({ programId, accounts, data }): FullInstruction => ({
      programAddress: programId,
      accounts: accounts.map(({ pubkey, isSigner, isWritable }) => ({
        address: pubkey,
        role: roleOf(isSigner, isWritable),
      })),
      data: new Uint8Array(getBase64Encoder().encode(data)),
    }),
  );

/** A decimal ratio as text ("0.001" is 0.1 %), rounded up to whole basis points; a gain counts as 0. */
const impactSchema = z
  .string()
  .refine((text) => text.trim() !== "" && Number.isFinite(Number(text)), "not a number")
  .transform((text) => Math.ceil(Math.max(0, Number(text)) * 10_000));

/** The tokens of the route. We do not need its prices and pools. */
const hopSchema = z.object({ swapInfo: z.object({ inputMint: addressSchema, outputMint: addressSchema }) });

/** Parses an answer. We do not require fields that we do not read: the compute budget and the blockhash are our own. */
export const buildAnswerSchema = z.object({
  inputMint: addressSchema,
  outputMint: addressSchema,
  inAmount: amountSchema,
  outAmount: amountSchema,
  otherAmountThreshold: amountSchema,
  priceImpactPct: impactSchema,
  routePlan: z.array(hopSchema).max(64),
  setupInstructions: z.array(instructionSchema),
  swapInstruction: instructionSchema,
  cleanupInstruction: instructionSchema.nullish(),
  otherInstructions: z.array(instructionSchema),
  tipInstruction: instructionSchema.nullish(),
  addressesByLookupTableAddress: z.record(addressSchema, z.array(addressSchema)).nullish(),
});

/** Amounts are lamports in, token base units out; `priceImpactPct` is converted to whole basis points. */
export type BuildAnswer = z.infer<typeof buildAnswerSchema>;
