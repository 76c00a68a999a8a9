/** Formats exact token amounts for people. */

/** Groups digits by three. Takes text or a bigint, because an amount may be larger than a number can hold exactly. */
export const grouped = (digits: string | bigint): string => String(digits).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * Formats token base units as decimal text with the token's decimals. If the decimals are unknown, formats grouped
 * base units.
 */
export function formatTokens(tokens: string, decimals: number | undefined): string {
  if (decimals === undefined || decimals === 0) return grouped(tokens);
  const padded = tokens.padStart(decimals + 1, "0");
  return `${grouped(padded.slice(0, -decimals))}.${padded.slice(-decimals)}`;
}
