/**
 * P2: simulates exactly the bytes that will be signed. It applies to a leg whose instructions a third party built,
 * right before signing, because that party may have answered differently for the sample leg.
 */
import { priorityFee } from "../../base/transaction-limits.ts";
import type { Buy, Leg, OpenVenue, Ports, Simulation, Survey, UnsignedTransaction } from "../ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../transaction/costs.ts";
import { mayLoadMore } from "../transaction/format.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { requireReceived } from "./delivery.ts";
import { type Payers, payerOf, type Sizing } from "./draft.ts";
import { type Meant, requireEffect } from "./effect.ts";
import { newestSlotOf } from "./newest-slot.ts";

/**
 * Returns the effects that a leg's buy may have on its wallets. The rent of the buyer's own token account stays with
 * the buyer. For a direct venue, the rents of the program's own accounts are known. We do not trust an
 * aggregator's figure for them.
 */
export function meantOf(
  { survey, payers, open }: { survey: Survey; payers: Payers; open: Pick<OpenVenue, "offline"> },
  leg: Pick<Leg, "address" | "lamports">,
  buy: Pick<Buy, "buyerRentLamports" | "alsoOpens" | "keeps" | "ownAtMarkets">,
  fees: bigint,
): Meant {
  const payer = payerOf(payers, leg);
  const signers = [...new Set([payer, leg.address])];
  const rents = open.offline ? buy.buyerRentLamports : 0n;
  const holdings = survey.owners.get(leg.address);
  return {
    buyer: leg.address,
    payer,
    signers,
    wallets: [...new Set([...survey.owners.keys(), ...signers])],
    mayLeave: leg.lamports + LAMPORTS_PER_SIGNATURE * BigInt(signers.length) + fees + rents,
    accounts: [holdings?.tokenAccount, holdings?.wrappedAccount],
    onTheWay: [...(buy.alsoOpens ?? []), ...(buy.keeps ?? []).map(({ mint }) => mint)],
    ...(buy.ownAtMarkets === undefined ? {} : { ownAtMarkets: buy.ownAtMarkets }),
  };
}

type Composed = { readonly buy: Buy; readonly unsigned: UnsignedTransaction; readonly blockhashSlot: bigint };

/** The runtime's error for a transaction that loads more bytes than its message allows. */
const LOADS_TOO_MUCH = "MaxLoadedAccountsDataSizeExceeded";

/**
 * Simulates a composed leg and checks its effects.
 *
 * @returns false if the leg only loads more bytes of accounts than the limit that we took from the sample: a third
 * party's route for this leg may use other programs. The leg then needs the widest limit.
 * @throws `CTO_E_TRANSACTION_REFUSED` if it would fail or deliver too little, `CTO_E_TRANSACTION_EFFECT` if it would
 * do anything else to the operation's wallets, and the errors of `simulate`
 */
export async function requireLeg(
  { chain }: Pick<Ports, "chain">,
  market: Sizing & { readonly open: Pick<OpenVenue, "offline"> },
  leg: Pick<Leg, "address" | "lamports">,
  { buy, unsigned, blockhashSlot }: Composed,
): Promise<boolean> {
  const { survey } = market;
  const newest = newestSlotOf(survey);
  const notBefore = blockhashSlot > newest ? blockhashSlot : newest;
  const { lookupTables } = buy;
  const simulation = await chain.simulate(unsigned, { asSigned: true, notBefore, lookupTables });
  if (simulation.failure?.error === LOADS_TOO_MUCH && mayLoadMore(market.format)) return false;
  requireHarmless(simulation, market, leg, buy);
  return true;
}

/**
 * Checks the simulation of a leg. It applies to our own legs and to those of third parties.
 *
 * @throws `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_EFFECT`
 */
export function requireHarmless(
  simulation: Simulation,
  market: Sizing & { readonly open: Pick<OpenVenue, "offline"> },
  leg: Pick<Leg, "address" | "lamports">,
  buy: Buy,
): void {
  const { survey, computeUnitLimit, computeUnitPrice } = market;
  requireSimulated(simulation);
  requireReceived(buy, survey.owners.get(leg.address)?.tokenAccount, simulation.effects);
  requireEffect(
    simulation.effects,
    meantOf(market, leg, buy, priorityFee(computeUnitLimit, computeUnitPrice)),
  );
}
