/**
 * Defines the schemas that all resources share: ids, addresses, amounts, times, problems. The typed client imports this
 * file, so it must do no I/O.
 */
import { isAddress } from "@solana/kit";
import { z } from "zod";
import { plainText } from "../../contract/types.ts";

/**
 * A whole number in a query or a header: digits, and nothing else. `Number` alone would also read `1e2`, `0x10`, blanks
 * and nothing at all.
 */
export const wholeNumberText = (min: number, max: number) =>
  z.preprocess(
    (given) =>
      typeof given === "string" ? (/^-?\d{1,16}$/.test(given) ? Number(given) : Number.NaN) : given,
    z
      // For the size, zod's own problem says what is allowed.
      .number({
        error: ({ code }) => (code === "invalid_type" ? "must be a whole number in digits" : undefined),
      })
      .int()
      .min(min)
      .max(max),
  );

/** Lamports, token base units, slots and block heights: too large for a JSON number. */
export const amountSchema = z
  .string("must be a whole number as decimal text, in quotes")
  .regex(/^\d+$/, { message: "must be a whole number as decimal text", abort: true })
  .meta({ description: "A whole number as decimal text", examples: ["1500000000"] });

export const timeSchema = z.iso.datetime().meta({ description: "UTC, to the millisecond" });

const BASE58_OF_32_BYTES = {
  pattern: "^[1-9A-HJ-NP-Za-km-z]{32,44}$",
  // No pattern can say that it decodes to 32 bytes. Tools that do not know the format ignore it.
  format: "solana-address",
};

/** An account's address. Its type stays `string`, so that the typed client needs no Solana package. */
export const addressSchema = z
  .string()
  .max(64)
  .refine((text): boolean => isAddress(text), { message: "is not a Solana address" })
  .meta({ description: "Base58 of 32 bytes", ...BASE58_OF_32_BYTES });

/**
 * A mint in a path or a query. The document has its pattern; the service refuses another text with
 * `CTO_E_TOKEN_ADDRESS_INVALID`, which says more than a failed pattern.
 */
export const mintText = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: "A token's mint, base58 of 32 bytes", ...BASE58_OF_32_BYTES });

/** A transaction's or a text's signature. The service says more about a wrong one than a failed pattern. */
export const signatureText = z.string().max(90).meta({
  pattern: "^[1-9A-HJ-NP-Za-km-z]{64,88}$",
  // No pattern can say that it decodes to 64 bytes.
  format: "solana-signature",
});

/** Text from people for people: a reason, a label, a name. */
export const noteSchema = plainText(500);

export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().nullable(),
});

/** A problem of RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "Where the code is explained" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({ description: "Never changes meaning", examples: ["CTO_E_USER_UNKNOWN"] }),
    remedy: z.string().meta({ description: "What to do about it" }),
    instance: z.string().optional(),
    problems: z.array(z.string()).optional(),
  })
  .meta({ id: "Problem", description: "An error, as RFC 9457 has it" });
export type Problem = z.infer<typeof problemSchema>;

export const noContentSchema = z.null().meta({ description: "Done" });
