/** Validates an operation: which wallets take part, how much each of them spends, and what each holds before. */
import { CTOError } from "../../errors/index.ts";
import type { Payers } from "../buy/draft.ts";
import type { LeftOut, NewLeg, OperationRequest, Survey, Wallet } from "../ports.ts";
import { chooseFit, requireFitPayer } from "./fitness.ts";
import { lamportsToShare, shareLamports } from "./plan.ts";

/** The wallets of an operation, from the user's present wallets. */
export type Participants = { readonly buyers: readonly Wallet[]; readonly payers: Payers };

const requireEnabled = ({ id, disabledAt }: Wallet): void => {
  if (disabledAt !== undefined) throw new CTOError("CTO_E_WALLET_DISABLED", { walletId: id });
};

/**
 * Chooses the wallets of a new operation, in the order of its legs. Disabled wallets are left out; a request that
 * names one is refused.
 *
 * @throws `CTO_E_USER_HAS_NO_WALLETS`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_WALLET_SELECTION_INVALID`,
 * `CTO_E_WALLET_DISABLED`, `CTO_E_WEIGHTS_INVALID`
 */
export function chooseParticipants(
  request: Pick<OperationRequest, "userId" | "mode" | "walletIds" | "weights">,
  wallets: readonly Wallet[],
): Participants {
  const buyers = wallets.filter(({ role }) => role === "buyer");
  const enabled = buyers.filter(({ disabledAt }) => disabledAt === undefined);
  if (request.walletIds === undefined && enabled.length === 0) {
    throw new CTOError("CTO_E_USER_HAS_NO_WALLETS", { userId: request.userId });
  }
  const chosen = request.walletIds?.map((id) => buyers.find((wallet) => wallet.id === id)) ?? enabled;
  const known = chosen.filter((wallet) => wallet !== undefined);
  if (known.length !== chosen.length || new Set(known).size !== known.length) {
    throw new CTOError("CTO_E_WALLET_SELECTION_INVALID", { walletIds: [...(request.walletIds ?? [])] });
  }
  known.forEach(requireEnabled);
  if (request.weights !== undefined && request.weights.length !== known.length) {
    throw new CTOError("CTO_E_WEIGHTS_INVALID", { weights: request.weights.length, wallets: known.length });
  }
  const funding = request.mode === "prefunded" ? null : fundingWallet(request.userId, wallets);
  if (funding !== null) requireEnabled(funding);
  return { buyers: known, payers: payersOf(funding) };
}

/** @throws `CTO_E_USER_HAS_NO_FUNDING_WALLET` */
function fundingWallet(userId: string, wallets: readonly Wallet[]): Wallet {
  const funding = wallets.find(({ role }) => role === "funding");
  if (funding === undefined) throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId });
  return funding;
}

const payersOf = (funding: Wallet | null): Payers => ({
  funding: funding === null ? null : { walletId: funding.id, address: funding.address },
});

/**
 * Chooses the payers of an operation that already has its plan. A wallet that was disabled since changes nothing.
 *
 * @throws `CTO_E_USER_HAS_NO_FUNDING_WALLET`
 */
export const choosePayers = (
  { userId, mode }: Pick<OperationRequest, "userId" | "mode">,
  wallets: readonly Wallet[],
): Payers => payersOf(mode === "prefunded" ? null : fundingWallet(userId, wallets));

export type Plan = { readonly legs: readonly NewLeg[]; readonly leftOut: readonly LeftOut[] };

/**
 * Plans the legs of an operation: equal shares, or the caller's weights. A wallet that is left out has no leg. The
 * others share the whole amount by the same rule. In a retry, they keep their own amounts.
 *
 * @throws `CTO_E_AMOUNT_TOO_SMALL`, `CTO_E_WALLETS_UNFIT`
 */
export function planLegs(
  request: Pick<OperationRequest, "buyLamports" | "weights" | "skipUnfit" | "retry">,
  participants: Participants,
  survey: Survey,
): Plan {
  requireFitPayer(survey, participants.payers.funding);
  const { buyers, weights, leftOut } = chooseFit(request, participants.buyers, survey);
  const shares = shareLamports(lamportsToShare(request, leftOut), weights);
  const legs = buyers.flatMap((wallet, at) => {
    const lamports = shares[at];
    if (lamports === undefined) return [];
    const tokensBefore = survey.owners.get(wallet.address)?.tokens ?? 0n;
    return [{ index: at + 1, walletId: wallet.id, address: wallet.address, lamports, tokensBefore }];
  });
  return { legs, leftOut };
}
