/** Holds the form's texts, and converts them to a request when they are complete. */
import type { Mode } from "../../api/types.ts";
import { parseSol } from "../../format/sol.ts";

export type Draft = {
  readonly userId: string;
  readonly tokenAddress: string;
  readonly amount: string;
  readonly mode: Mode;
  readonly platform: string;
  readonly slippageBps: string;
  readonly maxPriceImpactBps: string;
  readonly maxPrice: string;
  readonly maxPriceDeviationBps: string;
  readonly maxTransferFeeBps: string;
  readonly priority: string;
  readonly parallelism: string;
  readonly userChatId: string;
  /** Ids of buyer wallets that do not take part. */
  readonly leftOut: readonly string[];
  /** Whether wallets that cannot buy are left out. Otherwise such a wallet makes the server refuse the operation. */
  readonly skipUnfit: boolean;
  readonly byWeights: boolean;
  /** The typed weights by wallet id; absent means 1. */
  readonly weights: Readonly<Record<string, string>>;
};

export const PLATFORMS = [
  { value: "auto", label: "auto: where it trades" },
  { value: "pumpfun", label: "pumpfun" },
  { value: "bonk", label: "bonk" },
  { value: "pumpswap", label: "pumpswap" },
  { value: "cpmm", label: "cpmm" },
  { value: "meteora", label: "meteora" },
  { value: "heaven", label: "heaven" },
  { value: "jupiter", label: "jupiter" },
  { value: "unknown", label: "unknown: Jupiter, PumpSwap, pump.fun" },
];

export const emptyDraft = (userId: string): Draft => ({
  userId,
  tokenAddress: "",
  amount: "",
  mode: "standard",
  platform: "auto",
  slippageBps: "",
  maxPriceImpactBps: "",
  maxPrice: "",
  maxPriceDeviationBps: "",
  maxTransferFeeBps: "",
  priority: "0",
  parallelism: "",
  userChatId: "0",
  leftOut: [],
  skipUnfit: false,
  byWeights: false,
  weights: {},
});

export type DraftErrors = Partial<Record<keyof Draft, string>>;

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/** Returns null if the text is not a whole number in the range, and undefined if it is empty. */
const whole = (text: string, min: number, max: number): number | undefined | null => {
  if (text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= min && value <= max ? value : null;
};

const MAX_BPS = 10_000;
const MAX_DEVIATION_BPS = 1_000_000;
/** SOL per whole token. */
const PRICE = /^(?=.*[1-9])\d{1,12}(\.\d{1,30})?$/;
const MAX_PRIORITY = 2_097_152;
const MAX_PARALLELISM = 256;

const number = (draft: Draft) => ({
  slippageBps: whole(draft.slippageBps, 0, MAX_BPS),
  maxPriceImpactBps: whole(draft.maxPriceImpactBps, 0, MAX_BPS),
  maxPriceDeviationBps: whole(draft.maxPriceDeviationBps, 0, MAX_DEVIATION_BPS),
  maxTransferFeeBps: whole(draft.maxTransferFeeBps, 0, MAX_BPS),
  priority: whole(draft.priority, 0, MAX_PRIORITY),
  parallelism: whole(draft.parallelism, 1, MAX_PARALLELISM),
  userChatId: whole(draft.userChatId, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
});

const RANGES: Readonly<Record<keyof ReturnType<typeof number>, string>> = {
  slippageBps: "A whole number of basis points, 0 to 10000",
  maxPriceImpactBps: "A whole number of basis points, 0 to 10000",
  maxPriceDeviationBps: "A whole number of basis points, 0 to 1000000",
  maxTransferFeeBps: "A whole number of basis points, 0 to 10000",
  priority: "A whole number, 0 to 2097152",
  parallelism: "A whole number, 1 to 256",
  userChatId: "A whole number",
};

/** Returns the errors in the typed texts. An empty field is not an error. */
export function draftErrors(draft: Draft): DraftErrors {
  const errors: DraftErrors = {};
  const token = draft.tokenAddress.trim();
  if (token !== "" && !ADDRESS.test(token))
    errors.tokenAddress = "Not an address: 32 to 44 base58 characters";
  if (draft.amount.trim() !== "" && parseSol(draft.amount) === null)
    errors.amount = "A positive decimal number with at most nine places";
  if (draft.maxPrice.trim() !== "" && !PRICE.test(draft.maxPrice.trim()))
    errors.maxPrice = "A positive decimal number, like 0.00000005";
  for (const [field, value] of Object.entries(number(draft)))
    if (value === null) errors[field as keyof typeof RANGES] = RANGES[field as keyof typeof RANGES];
  return errors;
}

/** Says what keeps the form from being a request. */
export function describeMissing(draft: Draft): string {
  if (Object.keys(draftErrors(draft)).length > 0) return "Correct the marked fields.";
  const fields: readonly [string, string][] = [
    ["the user", draft.userId],
    ["the token", draft.tokenAddress],
    ["the amount", draft.amount],
  ];
  const empty = fields.filter(([, text]) => text.trim() === "").map(([name]) => name);
  if (empty.length === 0) return "Choose at least one wallet, and give each a whole weight from 1.";
  return `Fill in ${empty.join(", ").replace(/, ([^,]*)$/, " and $1")}.`;
}

/**
 * Returns the request's body; null while something is missing or invalid.
 *
 * @param buyers ids of the user's wallets that may buy, in order
 */
export function toRequest(draft: Draft, buyers: readonly string[]): Record<string, unknown> | null {
  const { userId, tokenAddress, amount, mode, platform, maxPrice, leftOut, byWeights, weights } = draft;
  const missing = [userId, tokenAddress, amount].some((text) => text.trim() === "");
  if (missing || Object.keys(draftErrors(draft)).length > 0) return null;
  const { userChatId, ...options } = number(draft);
  const chosen = buyers.filter((id) => !leftOut.includes(id));
  const shares = chosen.map((id) => whole(weights[id] ?? "1", 1, 1_000_000_000));
  if (byWeights && shares.some((share) => share == null)) return null;
  if (buyers.length > 0 && chosen.length === 0) return null;
  return {
    userId,
    userChatId: userChatId ?? 0,
    tokenAddress: tokenAddress.trim(),
    buyAmount: amount.trim(),
    mode,
    platform,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    ...(maxPrice.trim() === "" ? {} : { maxPrice: maxPrice.trim() }),
    ...(chosen.length < buyers.length ? { walletIds: chosen } : {}),
    ...(byWeights ? { weights: shares } : {}),
    ...(draft.skipUnfit ? { skipUnfit: true } : {}),
  };
}

/** The idempotency keys of the requests that were sent and not answered with success, by the request's text. */
const sent = new Map<string, string>();

/**
 * Returns the idempotency key of a request: the same one until the request succeeds, also after the form was left or
 * changed meanwhile. A request whose answer was lost may have created its operation.
 */
export function keyOf(request: string): string {
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint32Array(4)), (one) => one.toString(36)).join("-");
  const key = sent.get(request) ?? random();
  sent.set(request, key);
  return key;
}

export const forgetKey = (request: string): boolean => sent.delete(request);

let kept: { readonly keyId: string; readonly draft: Draft } | null = null;

/**
 * Keeps the form while the page is open elsewhere: when a session ends in the middle, or the user looks at the wallets.
 * It is in memory only, and only for the key that typed it.
 */
export const keepDraft = (keyId: string, draft: Draft): void => {
  kept = { keyId, draft };
};

export const forgetDraft = (): void => {
  kept = null;
};

export const keptDraft = (keyId: string): Draft | null => (kept?.keyId === keyId ? kept.draft : null);
