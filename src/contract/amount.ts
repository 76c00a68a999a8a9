/** Parses SOL amounts of callers into exact lamports; no other file does this. */
import { lamports } from "@solana/kit";
import type { Lamports } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

export { formatTokens, grouped } from "../base/token-amount.ts";

/** A number's text, as JavaScript prints it, may have an exponent. */
const DECIMAL = /^(?<sign>[-+]?)(?<whole>\d*)\.?(?<fraction>\d*)(?:e(?<exponent>[-+]?\d{1,3}))?$/i;

/** Text of a caller has neither exponent nor spaces: "1e3" would be 1,000 SOL by one slip. */
const PLAIN = /^[-+]?\d*\.?\d*$/;

const invalid = (amount: unknown, reason: string): never => {
  throw new CTOError("CTO_E_AMOUNT_INVALID", { amount: String(amount).slice(0, 40), reason });
};

/**
 * Parses an amount of SOL, given as a number or as decimal text with a point, without rounding. We parse a number from
 * its shortest decimal text, as JavaScript prints it: `0.1` is exactly 100,000,000 lamports.
 *
 * @throws `CTO_E_AMOUNT_INVALID` for NaN, infinities, zero, negatives, more than nine decimals, and text with an exponent or spaces
 * @example
 * parseSol(1.5); // 1_500_000_000n
 */
export function parseSol(amount: number | string): Lamports {
  if (typeof amount === "number" && !Number.isFinite(amount)) invalid(amount, "it is not a finite number");
  const isPlain = typeof amount === "number" || PLAIN.test(amount);
  const parts = isPlain ? DECIMAL.exec(String(amount))?.groups : undefined;
  const digits = `${parts?.whole ?? ""}${parts?.fraction ?? ""}`;
  if (parts === undefined || digits === "")
    return invalid(amount, "it is not a decimal number like 1.5, without spaces and without an exponent");
  // digits x 10^shift lamports
  const shift = 9 - (parts.fraction ?? "").length + Number(parts.exponent ?? 0);
  const significant = shift < 0 ? digits.replace(/0+$/, "") : digits;
  const remaining = shift + (digits.length - significant.length);
  if (BigInt(significant || "0") === 0n) return invalid(amount, "it is zero");
  if (parts.sign === "-") return invalid(amount, "it is negative");
  if (remaining < 0) return invalid(amount, "it has more than nine decimals");
  if (significant.length + remaining > 19) return invalid(amount, "it is more SOL than there is");
  return lamports(BigInt(significant) * 10n ** BigInt(remaining));
}

/** The same decimal number in its shortest text, so that equal requests compare as equal: "01.50" becomes "1.5". */
export function plainDecimal(text: string): string {
  const [whole = "", fraction = ""] = text.split(".");
  const trimmed = fraction.replace(/0+$/, "");
  return `${whole.replace(/^0+(?=\d)/, "")}${trimmed === "" ? "" : `.${trimmed}`}`;
}
