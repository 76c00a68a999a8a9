/**
 * Finds the wallets that cannot take part. We name them before anything is signed, or leave them out if the request
 * says so.
 */
import { CTOError } from "../../errors/index.ts";
import type { Address, LeftOut, Leg, OperationRequest, Survey, Wallet } from "../ports.ts";

type Unfit = { readonly address: Address; readonly reasons: readonly string[] };

/** Returns why this wallet cannot buy; empty if it can. */
export const whyUnfit = ({ owners }: Pick<Survey, "owners">, buyer: Address): readonly string[] => {
  const { unfit, unfitAccounts = [] } = owners.get(buyer) ?? {};
  return [...(unfit === undefined ? [] : [unfit]), ...unfitAccounts];
};

const refuse = ({ mint }: Pick<Survey, "mint">, unfit: readonly Unfit[]): void => {
  if (unfit.length === 0) return;
  const wallets = unfit.map(({ address, reasons }) => ({ address, reasons }));
  throw new CTOError("CTO_E_WALLETS_UNFIT", { mint, wallets });
};

/** @throws `CTO_E_WALLETS_UNFIT`, which names every buyer that cannot buy */
export function requireFit(survey: Survey, buyers: readonly Pick<Wallet, "address">[]): void {
  const all = buyers.map(({ address }) => ({ address, reasons: whyUnfit(survey, address) }));
  refuse(
    survey,
    all.filter(({ reasons }) => reasons.length > 0),
  );
}

/** @throws `CTO_E_WALLETS_UNFIT` if the funding wallet cannot pay: then nothing can be bought */
export function requireFitPayer(survey: Survey, funding: { readonly address: Address } | null): void {
  const reason = funding && survey.owners.get(funding.address)?.unfit;
  if (funding !== null && reason != null) refuse(survey, [{ address: funding.address, reasons: [reason] }]);
}

/**
 * Returns the legs for which a market is opened.
 *
 * An account may have become unfit after planning. If the request leaves such wallets out, only its leg is refused,
 * at signing. Otherwise the market is refused for all legs.
 *
 * @throws `CTO_E_WALLETS_UNFIT`
 */
export function fitLegs<Part extends Pick<Leg, "address">>(
  { skipUnfit }: Pick<OperationRequest, "skipUnfit">,
  survey: Survey,
  legs: readonly Part[],
): readonly Part[] {
  const fit = legs.filter(({ address }) => whyUnfit(survey, address).length === 0);
  if (!skipUnfit || fit.length === 0) requireFit(survey, legs);
  return fit;
}

/** The requested wallets that take part, the weight of each, and the wallets that are left out. */
export type Fit = {
  readonly buyers: readonly Wallet[];
  readonly weights: readonly number[];
  readonly leftOut: readonly LeftOut[];
};

/**
 * A wallet that is left out gives its share to the others. No single endpoint may decide that (P5).
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE`
 */
function requireAgreed(
  { owners }: Pick<Survey, "owners">,
  leftOut: readonly Pick<Wallet, "address">[],
): void {
  for (const { address } of leftOut) {
    const answers = owners.get(address)?.disputed;
    if (answers !== undefined)
      throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
        about: `whether the wallet ${address} can buy`,
        answers: [...answers],
      });
  }
}

/**
 * @throws `CTO_E_WALLETS_UNFIT` if some cannot buy, unless the request leaves them out and others remain;
 * `CTO_E_ENDPOINTS_DISAGREE` if endpoints differ about a wallet that would be left out
 */
export function chooseFit(
  { weights, skipUnfit }: Pick<OperationRequest, "weights" | "skipUnfit">,
  requested: readonly Wallet[],
  survey: Survey,
): Fit {
  const all = requested.map((wallet, at) => ({
    wallet,
    weight: weights?.[at] ?? 1,
    place: at + 1,
    reasons: whyUnfit(survey, wallet.address),
  }));
  const fit = all.filter(({ reasons }) => reasons.length === 0);
  if (!skipUnfit || fit.length === 0) requireFit(survey, requested);
  requireAgreed(
    survey,
    all.filter(({ reasons }) => reasons.length > 0).map(({ wallet }) => wallet),
  );
  return {
    buyers: fit.map(({ wallet }) => wallet),
    weights: fit.map(({ weight }) => weight),
    leftOut: all
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ wallet: { id, address }, place, reasons }) => ({
        place,
        walletId: id,
        address,
        reason: reasons.join("; "),
      })),
  };
}
