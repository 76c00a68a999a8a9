/** The validating phase: which wallets take part, what each of them buys for, and what they hold before it. */
import { CTOError } from "../errors/index.ts";
import type { Payers } from "./draft.ts";
import { shareLamports } from "./plan.ts";
import type { NewLeg, OperationRequest, Survey, Wallet } from "./ports.ts";

/** The wallets of an operation, as the user's wallets are now. */
export type Participants = { readonly buyers: readonly Wallet[]; readonly payers: Payers };

/**
 * Chooses the wallets that an operation uses, in the order of its legs.
 *
 * @throws `CTO_E_USER_HAS_NO_WALLETS`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_WALLET_SELECTION_INVALID`,
 * `CTO_E_WEIGHTS_INVALID`
 */
export function chooseParticipants(
  request: Pick<OperationRequest, "userId" | "mode" | "walletIds" | "weights">,
  wallets: readonly Wallet[],
): Participants {
  const buyers = wallets.filter(({ role }) => role === "buyer");
  if (buyers.length === 0) throw new CTOError("CTO_E_USER_HAS_NO_WALLETS", { userId: request.userId });
  const chosen = request.walletIds?.map((id) => buyers.find((wallet) => wallet.id === id)) ?? buyers;
  const known = chosen.filter((wallet) => wallet !== undefined);
  if (known.length !== chosen.length || new Set(known).size !== known.length) {
    throw new CTOError("CTO_E_WALLET_SELECTION_INVALID", { walletIds: [...(request.walletIds ?? [])] });
  }
  if (request.weights !== undefined && request.weights.length !== known.length) {
    throw new CTOError("CTO_E_WEIGHTS_INVALID", { weights: request.weights.length, wallets: known.length });
  }
  if (request.mode === "prefunded") return { buyers: known, payers: { funding: null } };
  const funding = wallets.find(({ role }) => role === "funding");
  if (funding === undefined)
    throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId: request.userId });
  return { buyers: known, payers: { funding: { walletId: funding.id, address: funding.address } } };
}

/** The legs of an operation: equal shares, or the caller's weights. @throws `CTO_E_AMOUNT_TOO_SMALL` */
export function planLegs(
  { buyLamports, weights }: Pick<OperationRequest, "buyLamports" | "weights">,
  buyers: readonly Wallet[],
  survey: Survey,
): NewLeg[] {
  const shares = shareLamports(buyLamports, weights ?? buyers.map(() => 1));
  return buyers.flatMap((wallet, at) => {
    const lamports = shares[at];
    if (lamports === undefined) return [];
    const tokensBefore = survey.owners.get(wallet.address)?.tokens ?? 0n;
    return [{ index: at + 1, walletId: wallet.id, address: wallet.address, lamports, tokensBefore }];
  });
}
