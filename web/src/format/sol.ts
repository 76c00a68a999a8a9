/**
 * Formats and parses SOL and tokens as exact decimal text, from and to base units. It uses no floating-point numbers.
 */

/** 1 SOL is 10^9 lamports. */
const SOL_DECIMALS = 9;

/**
 * Separates thousands with a narrow no-break space. A comma or a point would mean different things to different
 * readers.
 */
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");

/**
 * Formats base units as decimal text, without trailing zeros.
 *
 * @example
 * formatUnits("1500000000", 9); // "1.5"
 */
export function formatUnits(units: string | bigint, decimals: number): string {
  const value = BigInt(units);
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, "0");
  const whole = grouped(digits.slice(0, digits.length - decimals));
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${value < 0n ? "\u2212" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Formats lamports as SOL, exactly. */
export const formatSol = (lamports: string | bigint): string => formatUnits(lamports, SOL_DECIMALS);

/**
 * Parses a typed amount of SOL to lamports. Returns null if it is not a positive decimal number with at most nine
 * places.
 *
 * @example
 * parseSol("0.1"); // 100_000_000n
 */
export function parseSol(text: string): bigint | null {
  const match = /^(\d{0,10})(?:\.(\d{0,9}))?$/.exec(text.trim());
  const digits = `${match?.[1] ?? ""}${match?.[2] ?? ""}`;
  if (match === null || digits === "") return null;
  const lamports = BigInt(`${match[1] || "0"}${(match[2] ?? "").padEnd(SOL_DECIMALS, "0")}`);
  return lamports > 0n ? lamports : null;
}

/** The number of significant digits of a price. */
const PRICE_DIGITS = 6;

/**
 * Formats SOL per whole token as decimal text with six significant digits, rounded down.
 *
 * @param decimals the token's decimals
 */
export function formatPrice(lamports: string | bigint, tokens: string | bigint, decimals: number): string {
  const received = BigInt(tokens);
  if (received === 0n) return "–";
  const scale = 24;
  const scaled = (BigInt(lamports) * 10n ** BigInt(decimals + scale - SOL_DECIMALS)) / received;
  const digits = String(scaled);
  const kept = digits.slice(0, Math.max(PRICE_DIGITS, digits.length - scale)).padEnd(digits.length, "0");
  return formatUnits(kept, scale);
}

/** Formats basis points as per cent. */
export const formatBps = (bps: number): string => `${formatUnits(BigInt(Math.round(bps)), 2)} %`;

/** Adds amounts that arrive as decimal strings. */
export const sumUnits = (amounts: readonly (string | null)[]): bigint =>
  amounts.reduce((all, amount) => all + BigInt(amount ?? 0), 0n);

/** A token's decimals. Null: they are unavailable; undefined: they are not loaded yet. */
export type Decimals = number | null | undefined;

/** Formats a token amount. Nothing is "0", whatever the decimals are: a failed operation never loads them. */
export function formatTokens(units: string | bigint, decimals: Decimals): string {
  if (BigInt(units) === 0n) return "0";
  if (decimals === undefined) return "…";
  return decimals === null ? `${formatUnits(units, 0)} units` : formatUnits(units, decimals);
}
