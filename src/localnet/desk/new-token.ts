/** Defines the input for a new token of the desk, for callers and over HTTP. */
import { z } from "zod";

export type NewToken = {
  readonly decimals: number;
  /** Base units. The desk receives all of them: half of them are the book's reserve, the other half back its quotes. */
  readonly supply: bigint;
  /** The book's reserve of lamports. Together with `supply / 2` tokens it sets the first price. */
  readonly lamportsReserve: bigint;
  /** The token's symbol; absent: none. We do not check the text, because a real chain does not check names either. */
  readonly symbol?: string | undefined;
  readonly name?: string | undefined;
};

const MAX_U64 = 2n ** 64n - 1n;

const amount = z
  .string()
  .regex(/^[1-9]\d{0,19}$/)
  .transform(BigInt)
  .refine((value) => value <= MAX_U64);

/** Far longer than any name on mainnet. */
const words = z.string().max(500);

/** The body of `POST /localnet/tokens`; amounts are decimal strings. */
export const newTokenSchema = z.strictObject({
  decimals: z.int().min(0).max(9),
  supply: amount,
  lamportsReserve: amount,
  symbol: words.optional(),
  name: words.optional(),
});
