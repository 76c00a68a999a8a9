/**
 * Converts a set of limits between the form's texts and the API's format. Each limit is a value, "none", or not set.
 */
import { formatUnits, parseSol } from "../../format/sol.ts";

/** Lamports as decimal text. Null means no limit; an absent field means that the set does not define it. */
export type LimitSet = {
  maxOperationLamports?: string | null | undefined;
  maxUserDayLamports?: string | null | undefined;
  maxWalletLifetimeLamports?: string | null | undefined;
  maxWallets?: number | null | undefined;
  maxSlippageBps?: number | null | undefined;
  maxPriceImpactBps?: number | null | undefined;
  maxPriceDeviationBps?: number | null | undefined;
  allowedMints?: string[] | null | undefined;
  deniedMints?: string[] | null | undefined;
  allowedPrograms?: string[] | null | undefined;
};

/** The two parts of the spending that limits count, in lamports. */
type Parts = { spending: string; costs: string };

export type LimitsAnswer = {
  everyone: LimitSet | null;
  own: LimitSet | null;
  spending: { dayLamports: string; day: Parts; walletParts: Record<string, Parts> } | null;
};

type Kind = "sol" | "count" | "bps" | "addresses";
export type LimitField = keyof LimitSet;

export const LIMIT_FIELDS: readonly { field: LimitField; label: string; kind: Kind }[] = [
  { field: "maxOperationLamports", label: "SOL per operation", kind: "sol" },
  { field: "maxUserDayLamports", label: "SOL per user in 24 hours", kind: "sol" },
  { field: "maxWalletLifetimeLamports", label: "SOL per wallet, ever", kind: "sol" },
  { field: "maxWallets", label: "Wallets per operation", kind: "count" },
  { field: "maxSlippageBps", label: "Slippage, bps", kind: "bps" },
  { field: "maxPriceImpactBps", label: "Price impact, bps", kind: "bps" },
  { field: "maxPriceDeviationBps", label: "Dearer than the second source, bps", kind: "bps" },
  { field: "allowedMints", label: "Only these tokens", kind: "addresses" },
  { field: "deniedMints", label: "Never these tokens", kind: "addresses" },
  { field: "allowedPrograms", label: "Only these programs", kind: "addresses" },
];

export type Choice = "open" | "none" | "value";
export type Typed = { readonly choice: Choice; readonly text: string };
export type TypedSet = Readonly<Record<LimitField, Typed>>;

const plainSol = (lamports: string): string => formatUnits(lamports, 9).replaceAll("\u202f", "");

const textOf = (kind: Kind, value: string | number | string[]): string => {
  if (Array.isArray(value)) return value.join("\n");
  return kind === "sol" ? plainSol(String(value)) : String(value);
};

export const toTyped = (set: LimitSet | null): TypedSet =>
  Object.fromEntries(
    LIMIT_FIELDS.map(({ field, kind }) => {
      const value = set?.[field];
      if (value === undefined) return [field, { choice: "open", text: "" }];
      if (value === null) return [field, { choice: "none", text: "" }];
      return [field, { choice: "value", text: textOf(kind, value) }];
    }),
  ) as TypedSet;

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

/** Returns undefined if the text is not a value of this kind. */
function parse(kind: Kind, text: string): string | number | string[] | undefined {
  if (kind === "sol") {
    const lamports = parseSol(text);
    return lamports === null ? undefined : String(lamports);
  }
  if (kind === "addresses") {
    const words = wordsOf(text);
    return words.length > 0 && words.every((word) => /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(word))
      ? words
      : undefined;
  }
  const value = Number(text);
  const isWhole = text.trim() !== "" && Number.isInteger(value) && value >= (kind === "count" ? 1 : 0);
  return isWhole && (kind === "count" || value <= 10_000) ? value : undefined;
}

const WANTED: Readonly<Record<Kind, string>> = {
  sol: "A positive decimal number with at most nine places",
  count: "A whole number, 1 or more",
  bps: "A whole number of basis points, 0 to 10000",
  addresses: "Addresses, one a line",
};

/** @returns the set, and its errors by field */
export function fromTyped(typed: TypedSet): { set: LimitSet; errors: Partial<Record<LimitField, string>> } {
  const set: Record<string, unknown> = {};
  const errors: Partial<Record<LimitField, string>> = {};
  for (const { field, kind } of LIMIT_FIELDS) {
    const { choice, text } = typed[field];
    if (choice === "open") continue;
    const value = choice === "none" ? null : parse(kind, text);
    if (value === undefined) errors[field] = WANTED[kind];
    else set[field] = value;
  }
  return { set: set as LimitSet, errors };
}

export const NOT_SET = "not set";

/** Formats a limit in words. */
export function describeLimit(set: LimitSet | null | undefined, field: LimitField): string {
  const value = set?.[field];
  if (value === undefined) return NOT_SET;
  if (value === null) return "no limit";
  if (Array.isArray(value)) return value.length === 1 ? "1 address" : `${value.length} addresses`;
  const { kind } = LIMIT_FIELDS.find((one) => one.field === field) ?? { kind: "count" };
  return kind === "sol" ? `${formatUnits(String(value), 9)} SOL` : String(value);
}
