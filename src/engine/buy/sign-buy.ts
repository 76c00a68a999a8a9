/** Signs one leg's buy in the operation's open market. */
import { isCTOError, isOversize } from "../../errors/index.ts";
import { reserveAttempt } from "../limits/admission.ts";
import { requireAllowedPrograms } from "../limits/limits.ts";
import { requireFit } from "../operation/fitness.ts";
import type { Run } from "../operation/journaling.ts";
import type { ApprovedTransaction, Buy, Leg, MessageFormat, NewAttempt, OpenVenue, Step } from "../ports.ts";
import { legCosts, raisePrice } from "../transaction/costs.ts";
import { VERSION_ZERO, WIDEST } from "../transaction/format.ts";
import { anchorOf, requireAnchored } from "./anchor.ts";
import { draftBuy, lamportsOf, modeOf, payerOf, type Sizing } from "./draft.ts";
import { requireFunded } from "./funded.ts";
import type { AnchoredMarket, Markets } from "./markets.ts";
import { meantBuy } from "./meant.ts";
import { requireImpact } from "./price-impact.ts";
import { requireLeg } from "./simulate-leg.ts";

type Offer = Pick<NewAttempt, "blockhash" | "lastValidBlockHeight" | "blockhashSlot"> & {
  readonly buy: Buy;
  readonly approved: ApprovedTransaction;
};

type ToCompose = {
  readonly leg: Leg;
  readonly legCount: number;
  readonly sized: Pick<Sizing, "computeUnitPrice" | "format">;
};

/**
 * Composes a leg's buy and has it approved. An aggregator finds a separate route for each leg. If it is too long,
 * although the sample's was not, we use a shorter one. If it loads more accounts than the sample did, we allow it more.
 *
 * @throws `CTO_E_TRANSACTION_TOO_LARGE` or a similar error if there is no shorter route, `CTO_E_POLICY_REFUSED`, and
 * the venue's errors
 */
async function composeBuy(
  run: Run,
  market: AnchoredMarket,
  one: ToCompose,
  open: OpenVenue = market.open,
): Promise<Offer> {
  const { leg, legCount, sized } = one;
  const { ports, operation } = run;
  const atLeast = anchorOf(market, leg);
  const terms = { buyer: leg.address, payer: payerOf(market.payers, leg), lamports: leg.lamports, atLeast };
  const buy = await open.buy(terms);
  requireAnchored(buy, atLeast);
  const { slot: blockhashSlot, ...lifetime } = await ports.chain.latestBlockhash();
  const sizing = { ...market, ...sized };
  const draft = draftBuy(operation, legCount, leg, buy, sizing);
  requireAllowedPrograms(market.limits, draft);
  try {
    const unsigned = ports.chain.compose({ ...draft, lifetime });
    const approved = await ports.policy.approve(unsigned, meantBuy(operation, legCount, leg, buy, sizing));
    if (open.offline || (await requireLeg(ports, { ...sizing, open }, leg, { buy, unsigned, blockhashSlot })))
      return { buy, approved, ...lifetime, blockhashSlot };
  } catch (error) {
    if (open.shorter === undefined || !isOversize(error)) throw error;
    const shorter = await open.shorter();
    requireImpact(shorter, operation.request, market.limits, market.survey);
    return composeBuy(run, market, one, shorter);
  }
  return composeBuy(run, market, { ...one, sized: { ...sized, format: WIDEST } }, open);
}

/**
 * How often a leg that is refused before signing is planned again for one attempt. Rents and accounts do not change
 * faster.
 */
const MOST_RENEWALS = 3;

/**
 * Signs the leg in the open market. If the leg is refused there, and rents have changed or an account is gone since
 * the market was opened, signs it in the next market.
 *
 * @param step a step of which every earlier attempt is provably dead
 * @throws `CTO_E_LIMIT_EXCEEDED` if this attempt costs more than was reserved, and the limits do not allow it
 */
export async function signBuy(
  run: Run,
  markets: Markets,
  leg: Leg,
  legCount: number,
  step: Step,
): Promise<NewAttempt> {
  for (let renewed = 0; ; renewed += 1) {
    const market = await markets.current();
    try {
      return await signInMarket(run, { markets, market }, leg, legCount, step);
    } catch (error) {
      // This loop needs a bound: one endpoint may report a change every time, although the endpoints that must agree
      // do not see it.
      if (renewed === MOST_RENEWALS || !isCTOError(error, "CTO_E_TRANSACTION_REFUSED")) throw error;
      if (!(await markets.isOutdated(market, leg.address))) throw error;
    }
  }
}

async function signInMarket(
  run: Run,
  { markets, market }: { markets: Markets; market: AnchoredMarket },
  leg: Leg,
  legCount: number,
  step: Step,
): Promise<NewAttempt> {
  const { chain, keyring } = run.ports;
  requireFit(market.survey, [leg]);
  const outOfReach = market.outOfReach.get(leg.address);
  if (outOfReach !== undefined) throw outOfReach;
  const number = step.attempts.length + 1;
  // The step is `ready`, so every earlier attempt is provably dead. Only then may the next attempt offer another fee.
  const { computeUnitPrice: firstPrice, computeUnitLimit } = market;
  const computeUnitPrice = raisePrice(firstPrice, number - 1, chain.maxComputeUnitPrice);
  const { funding } = market.payers;
  const signers = [leg.walletId, ...(funding ? [funding.walletId] : [])];
  // Read again for each attempt, because a signer may have been replaced since the market was opened.
  const isOlder = market.format.version === 1 && (await keyring.newestVersion(signers)) === 0;
  const composed = (format: MessageFormat): Promise<Offer> =>
    composeBuy(run, market, { leg, legCount, sized: { computeUnitPrice, format } });
  const inVersionOne = async (error: unknown): Promise<Offer> => {
    if (!isOlder || !isOversize(error)) throw error;
    // A signer that did not open counts as one of version 0. Its own fault decides: it is an outage, and its leg waits.
    await keyring.requireOpenable?.(signers);
    if ((await keyring.newestVersion(signers)) === 0) throw error;
    return composed(market.format);
  };
  const offer = composed(isOlder ? VERSION_ZERO : market.format).catch(inVersionOne);
  const { buy, approved, ...lifetime } = await offer;
  const costs = legCosts({
    mode: modeOf(market.payers),
    cluster: market.survey.cluster,
    rentLamports: buy.rentLamports,
    buyerRentLamports: buy.buyerRentLamports,
    transientLamports: buy.transientLamports,
    buyerLamports: lamportsOf(market.survey, leg.address),
    computeUnitLimit,
    computeUnitPrice,
  });
  requireFunded(leg, step, costs, market.funded.get(leg.index));
  const walletId = funding?.walletId ?? leg.walletId;
  await reserveAttempt(run, market.limits, { step, walletId, costs, reserved: market.costsOf(leg) });
  const signed = await keyring.sign(approved, signers);
  markets.note(signed.signature, market, leg.address);
  return {
    number,
    ...signed,
    ...lifetime,
    venue: buy.venue,
    quotedTokensOut: buy.tokensOut,
    minTokensOut: buy.minTokensOut,
    costs,
  };
}
