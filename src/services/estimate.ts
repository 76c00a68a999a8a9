/**
 * Estimates what an operation would buy and cost now: the service behind `estimateCTOOperation` and `cto estimate`.
 */

import { parseRequest } from "../contract/parse.ts";
import type { CTOEstimate } from "../contract/types.ts";
import { type Estimate, estimateOperation } from "../engine/estimate.ts";
import type { Costs } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import { loadSigners } from "../runtime/signers.ts";
import { createSignerVersions } from "../wallets/signer-versions.ts";
import { readLimits } from "./limits.ts";

/** Returns SOL per whole token with up to 18 decimals, rounded down exactly. */
export const priceOf = (lamports: bigint, tokens: bigint, decimals: number): string => {
  if (tokens === 0n) return "0";
  const scaled = (lamports * 10n ** BigInt(decimals + 9)) / tokens;
  const digits = String(scaled).padStart(19, "0");
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, "");
};

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

const toEstimate = (estimate: Estimate): CTOEstimate => {
  const { platform, detected, legs, decimals, tokensOut, venueFeeLamports, transactionBytes } = estimate;
  const lamports = sum(legs.map((leg) => leg.lamports));
  const total = (cost: keyof Costs): string => String(sum(legs.map(({ costs }) => costs[cost])));
  return {
    platform,
    detected,
    legs: legs.map((leg) => ({
      leg: leg.leg,
      walletId: leg.walletId,
      address: leg.address,
      lamports: String(leg.lamports),
      tokensOut: String(leg.tokensOut),
      minTokensOut: String(leg.minTokensOut),
      ...(leg.aboveMaxPrice ? { aboveMaxPrice: true } : {}),
    })),
    leftOut: [...estimate.leftOut],
    totalLamports: String(lamports),
    totalTokens: String(tokensOut),
    ...(estimate.tokenLabel ? { tokenLabel: estimate.tokenLabel } : {}),
    decimals,
    lamportsPerByte: String(estimate.lamportsPerByte),
    averagePrice: priceOf(lamports, tokensOut, decimals),
    priceImpactBps: estimate.priceImpactBps,
    price: estimate.price,
    fees: {
      venue: venueFeeLamports === null ? null : String(venueFeeLamports),
      network: total("network"),
      priority: total("priority"),
      rent: total("rent"),
    },
    transactions: {
      count: transactionBytes.length + estimate.fundingTransactions,
      bytes: [...transactionBytes],
    },
    building: estimate.building,
    fundingMode: estimate.fundingMode,
    funds: { leaves: String(estimate.funds.leaves), stays: String(estimate.funds.stays) },
    shortOfFunds: estimate.shortOfFunds.map(({ address, has, needs }) => ({
      address,
      has: String(has),
      needs: String(needs),
    })),
  };
};

/**
 * Implements `estimateCTOOperation`.
 *
 * @param options the same options as for `enqueueCTOOperation`
 * @throws `CTO_E_ESTIMATES_LIMITED`, and the errors that refuse the operation
 */
export async function estimate(
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  ports: ChainPorts,
  jobData: unknown,
  options: unknown = {},
): Promise<CTOEstimate> {
  const { request } = parseRequest(config, jobData, 0, options);
  if ((await journal.readUser(request.userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId: request.userId });
  }
  const limits = await readLimits({ config, journal }, request.userId);
  const [wallets, spending] = await Promise.all([
    journal.listWallets(request.userId),
    journal.readSpending(request.userId),
  ]);
  const keyring = createSignerVersions({ directory: journal, signers: () => loadSigners(config) });
  const work = () => estimateOperation({ ...ports, keyring }, request, wallets, limits, spending);
  return toEstimate(await (ports.runEstimate?.(`user ${request.userId}`, work) ?? work()));
}
