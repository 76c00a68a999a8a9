/** The limits of an operation: which apply, and what they refuse of a request. */

import { formatSol } from "../../base/sol.ts";
import { CTOError } from "../../errors/index.ts";
import type { LimitSet, OperationRequest, StoredLimits, TransactionDraft } from "../ports.ts";

/** The limits that apply to a user. Null: none. */
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

/** Where money is real, somebody must have said how much of it may go. */
const REQUIRED = ["maxOperationLamports", "maxUserDayLamports", "maxWalletLifetimeLamports"] as const;

const unsetOf = ({ everyone, own }: StoredLimits) => {
  const set = { ...everyone, ...own };
  return REQUIRED.filter((field) => set[field] === undefined);
};

/** Whether some limit on spending has not been set, not even to "none". */
export const isUnset = (stored: StoredLimits): boolean => unsetOf(stored).length > 0;

/**
 * The user's own limits before those for everyone.
 *
 * @param required whether the three limits on spending must have been set, be it to "none"
 * @throws `CTO_E_LIMITS_UNSET`
 */
export function limitsFor(stored: StoredLimits, required: boolean): Limits {
  const set = { ...stored.everyone, ...stored.own };
  const missing = unsetOf(stored);
  if (required && missing.length > 0) throw new CTOError("CTO_E_LIMITS_UNSET", { missing });
  return Object.fromEntries(FIELDS.map((field) => [field, set[field] ?? null])) as Limits;
}

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

const above = (asked: number, limit: number | null): boolean => limit !== null && asked > limit;

/**
 * Checks what the request itself says against the limits. What it costs beside the buys is known, and checked, only once
 * its market is open: see `reservations.ts`.
 *
 * @param wallets how many buyer wallets take part
 * @throws `CTO_E_LIMIT_EXCEEDED`, `CTO_E_MINT_NOT_ALLOWED`
 */
export function requireWithinLimits(
  limits: Limits,
  request: Pick<OperationRequest, "tokenAddress" | "buyLamports" | "slippageBps">,
  wallets: number,
): void {
  const exceeded = (limit: string, asked: string | number, allowed: string | number | null): never => {
    const context = { limit, asked: String(asked), allowed: String(allowed), fits: `${allowed} would fit` };
    throw new CTOError("CTO_E_LIMIT_EXCEEDED", context);
  };
  const { tokenAddress, buyLamports, slippageBps } = request;
  const { maxOperationLamports } = limits;
  if (maxOperationLamports !== null && buyLamports > maxOperationLamports)
    exceeded("an operation", sol(buyLamports), sol(maxOperationLamports));
  if (above(wallets, limits.maxWallets)) exceeded("wallets per operation", wallets, limits.maxWallets);
  if (above(slippageBps, limits.maxSlippageBps))
    exceeded("slippage in bps", slippageBps, limits.maxSlippageBps);
  if (limits.deniedMints?.includes(tokenAddress)) {
    throw new CTOError("CTO_E_MINT_NOT_ALLOWED", { mint: tokenAddress, list: "denied" });
  }
  if (limits.allowedMints !== null && !limits.allowedMints.includes(tokenAddress)) {
    throw new CTOError("CTO_E_MINT_NOT_ALLOWED", { mint: tokenAddress, list: "allowed" });
  }
}

/** The stricter of what the caller and the limits say. */
export const priceImpactLimit = (
  { maxPriceImpactBps }: Pick<Limits, "maxPriceImpactBps">,
  asked: number | undefined,
): number | undefined =>
  maxPriceImpactBps === null ? asked : Math.min(maxPriceImpactBps, asked ?? maxPriceImpactBps);

/** Where neither the caller nor a limit says how much dearer than the aggregator a pool may be. */
const DEVIATION_BPS = 300;

/** The stricter of what the caller and the limits say: a limit is also what holds where the caller says nothing. */
export const priceDeviationLimit = (
  { maxPriceDeviationBps }: Pick<Limits, "maxPriceDeviationBps">,
  asked: number | undefined,
): number =>
  maxPriceDeviationBps === null
    ? (asked ?? DEVIATION_BPS)
    : Math.min(maxPriceDeviationBps, asked ?? maxPriceDeviationBps);

/** What every transaction of ours needs, whatever its venue. */
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
