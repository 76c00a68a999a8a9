/** Calculates the desk's price: a constant-product book without a fee, in integers. */

/** Both reserves are positive: token base units, and lamports. */
export type Book = { readonly tokenReserve: bigint; readonly lamportsReserve: bigint };

const IMPACT_DECIMALS = 9;

/** The token base units that this many lamports buy, rounded down in the desk's favour. */
export const tokensFor = (book: Book, lamports: bigint): bigint =>
  (book.tokenReserve * lamports) / (book.lamportsReserve + lamports);

/**
 * How far the average price of this buy is below the spot rate, as Jupiter writes it: a decimal ratio ("0.01" is 1
 * %). For x lamports into a reserve of L it is x / (L + x).
 */
export const priceImpactOf = (book: Book, lamports: bigint): string => {
  const scaled = (lamports * 10n ** BigInt(IMPACT_DECIMALS)) / (book.lamportsReserve + lamports);
  return `0.${scaled.toString().padStart(IMPACT_DECIMALS, "0")}`;
};

/**
 * The book after these lamports have come in. It follows the curve even if the buyer had an earlier quote with
 * another price: the desk bears the loss or gain of that quote, and the reserve can never become empty.
 */
export const afterBuy = (book: Book, lamports: bigint): Book => ({
  tokenReserve: book.tokenReserve - tokensFor(book, lamports),
  lamportsReserve: book.lamportsReserve + lamports,
});
