/** What a new token of the desk is made of, as callers give it and as it comes over HTTP. */
import { z } from "zod";

export type NewToken = {
  readonly decimals: number;
  /** Base units. All go to the desk; half of them are the book's reserve, the others back its quotes. */
  readonly supply: bigint;
  /** The book's other side: with `supply / 2` tokens it sets the first price. */
  readonly lamportsReserve: bigint;
  /** What it calls itself; absent: nothing. Any text: nobody checks names on a chain either. */
  readonly symbol?: string | undefined;
  readonly name?: string | undefined;
};

const MAX_U64 = 2n ** 64n - 1n;

const amount = z
  .string()
  .regex(/^[1-9]\d{0,19}$/)
  .transform(BigInt)
  .refine((value) => value <= MAX_U64);

/** Far more than a name on mainnet has. */
const words = z.string().max(500);

/** The body of `POST /localnet/tokens`; amounts are decimal strings. */
export const newTokenSchema = z.strictObject({
  decimals: z.int().min(0).max(9),
  supply: amount,
  lamportsReserve: amount,
  symbol: words.optional(),
  name: words.optional(),
});
