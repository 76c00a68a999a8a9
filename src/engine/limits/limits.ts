/** Selects the limits that apply to an operation, and checks a request against them. */

import { formatSol } from "../../base/sol.ts";
import { CTOError, type LimitOption } from "../../errors/index.ts";
import type { LimitSet, OperationRequest, StoredLimits, TransactionDraft } from "../ports.ts";

/** The limits that apply to a user. Null: no limit. */
export type Limits = { readonly [Field in keyof LimitSet]-?: NonNullable<LimitSet[Field]> | null };

const FIELDS = [
  "maxOperationLamports",
  "maxUserDayLamports",
  "maxWalletLifetimeLamports",
  "maxWallets",
  "maxSlippageBps",
  "maxPriceImpactBps",
  "maxPriceDeviationBps",
  "allowedMints",
  "deniedMints",
  "allowedPrograms",
] as const satisfies readonly (keyof LimitSet)[];

/** The limits that somebody must have set, if money is real. */
const REQUIRED = ["maxOperationLamports", "maxUserDayLamports", "maxWalletLifetimeLamports"] as const;

const unsetOf = ({ everyone, own }: StoredLimits) => {
  const set = { ...everyone, ...own };
  return REQUIRED.filter((field) => set[field] === undefined);
};

/** Whether some spend limit was never set, not even to "none". */
export const isUnset = (stored: StoredLimits): boolean => unsetOf(stored).length > 0;

/**
 * Merges the limits: the user's own ones override those for everyone.
 *
 * @param required whether the three spend limits must be set (they may be set to "none")
 * @throws `CTO_E_LIMITS_UNSET`
 */
export function limitsFor(stored: StoredLimits, required: boolean): Limits {
  const set = { ...stored.everyone, ...stored.own };
  const missing = unsetOf(stored);
  if (required && missing.length > 0) throw new CTOError("CTO_E_LIMITS_UNSET", { missing });
  return Object.fromEntries(FIELDS.map((field) => [field, set[field] ?? null])) as Limits;
}

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

/** The costs count, too, so a request for the limit itself would fail when they are known. */
const lessCosts = (allowed: bigint): string =>
  `at most ${sol(allowed)} less the costs would fit, and \`cto estimate\` shows the costs`;

const above = (requested: number, limit: number | null): boolean => limit !== null && requested > limit;

/**
 * Checks the request itself against the limits. The costs besides the buys are known, and checked, only when the
 * market is open: see `reservations.ts`.
 *
 * @param wallets the number of buyer wallets that take part
 * @throws `CTO_E_LIMIT_EXCEEDED`, `CTO_E_MINT_NOT_ALLOWED`
 */
export function requireWithinLimits(
  limits: Limits,
  request: Pick<OperationRequest, "tokenAddress" | "buyLamports" | "slippageBps">,
  wallets: number,
): void {
  const exceeded = (
    [option, limit]: readonly [LimitOption, string],
    requested: unknown,
    allowed: unknown,
    fits = `${allowed} would fit`,
  ) => {
    const context = { option, limit, asked: String(requested), allowed: String(allowed), fits };
    throw new CTOError("CTO_E_LIMIT_EXCEEDED", context);
  };
  const { tokenAddress, buyLamports, slippageBps } = request;
  const { maxOperationLamports } = limits;
  if (maxOperationLamports !== null && buyLamports > maxOperationLamports)
    exceeded(
      ["--per-operation", "an operation"],
      sol(buyLamports),
      sol(maxOperationLamports),
      lessCosts(maxOperationLamports),
    );
  if (above(wallets, limits.maxWallets))
    exceeded(["--max-wallets", "wallets per operation"], wallets, limits.maxWallets);
  if (above(slippageBps, limits.maxSlippageBps))
    exceeded(["--max-slippage-bps", "slippage in bps"], slippageBps, limits.maxSlippageBps);
  if (limits.deniedMints?.includes(tokenAddress)) {
    throw new CTOError("CTO_E_MINT_NOT_ALLOWED", { mint: tokenAddress, list: "denied" });
  }
  if (limits.allowedMints !== null && !limits.allowedMints.includes(tokenAddress)) {
    throw new CTOError("CTO_E_MINT_NOT_ALLOWED", { mint: tokenAddress, list: "allowed" });
  }
}

/** Returns the stricter of the caller's value and the limit. */
export const priceImpactLimit = (
  { maxPriceImpactBps }: Pick<Limits, "maxPriceImpactBps">,
  requested: number | undefined,
): number | undefined =>
  maxPriceImpactBps === null ? requested : Math.min(maxPriceImpactBps, requested ?? maxPriceImpactBps);

/**
 * The default limit on how far a pool's price may be above the aggregator's, if neither the caller nor a limit sets
 * it.
 */
const DEVIATION_BPS = 300;

/** Returns the stricter of the caller's value and the limit. The limit also applies if the caller sets no value. */
export const priceDeviationLimit = (
  { maxPriceDeviationBps }: Pick<Limits, "maxPriceDeviationBps">,
  requested: number | undefined,
): number =>
  maxPriceDeviationBps === null
    ? (requested ?? DEVIATION_BPS)
    : Math.min(maxPriceDeviationBps, requested ?? maxPriceDeviationBps);

/**
 * Returns how far the prices of endpoints that must agree may be apart, if the slippage allows more: as far as a price
 * may be from its second source, and no less than by default, because prices move between the endpoints' slots.
 */
export const agreementLimit = (
  limits: Pick<Limits, "maxPriceDeviationBps">,
  requested: number | undefined,
): number => Math.max(DEVIATION_BPS, priceDeviationLimit(limits, requested));

/** The programs that all of our transactions may call, for any venue. */
const ALWAYS = new Set<string>([
  "11111111111111111111111111111111", // System
  "ComputeBudget111111111111111111111111111111",
  "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
  "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
  "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", // Associated token accounts
]);

/** @throws `CTO_E_PROGRAM_NOT_ALLOWED` */
export function requireAllowedPrograms(
  { allowedPrograms }: Pick<Limits, "allowedPrograms">,
  { setup, swap, cleanup }: Pick<TransactionDraft, "setup" | "swap" | "cleanup">,
): void {
  if (allowedPrograms === null) return;
  const called = [...setup, ...swap, ...cleanup].map(({ programAddress }) => programAddress);
  const program = called.find((one) => !ALWAYS.has(one) && !allowedPrograms.includes(one));
  if (program !== undefined) throw new CTOError("CTO_E_PROGRAM_NOT_ALLOWED", { program });
}
