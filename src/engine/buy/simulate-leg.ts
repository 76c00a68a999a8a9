/**
 * P2, what is simulated is what is signed: a leg whose instructions a third party built is simulated byte by byte, right before
 * it is signed, whatever that party answered for the leg that stood for all.
 */
import { priorityFee } from "../../base/transaction-limits.ts";
import type { Buy, Leg, OpenVenue, Ports, Simulation, Survey, UnsignedTransaction } from "../ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../transaction/costs.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { requireReceived } from "./delivery.ts";
import { type Payers, payerOf, type Sizing } from "./draft.ts";
import { type Meant, requireEffect } from "./effect.ts";

/**
 * What a leg's buy may do to its wallets. The rent of the buyer's own token account does not leave it. What a direct venue's
 * program takes for accounts of its own is known; an aggregator's word for it is not taken on trust.
 */
export function meantOf(
  { survey, payers, open }: { survey: Survey; payers: Payers; open: Pick<OpenVenue, "offline"> },
  leg: Pick<Leg, "address" | "lamports">,
  buy: Pick<Buy, "buyerRentLamports">,
  fees: bigint,
): Meant {
  const payer = payerOf(payers, leg);
  const signers = [...new Set([payer, leg.address])];
  const rents = open.offline ? buy.buyerRentLamports : 0n;
  return {
    buyer: leg.address,
    payer,
    signers,
    wallets: [...new Set([...survey.owners.keys(), ...signers])],
    mayLeave: leg.lamports + LAMPORTS_PER_SIGNATURE * BigInt(signers.length) + fees + rents,
  };
}

type Composed = { readonly buy: Buy; readonly unsigned: UnsignedTransaction; readonly blockhashSlot: bigint };

/**
 * @throws `CTO_E_TRANSACTION_REFUSED` where it would fail or deliver too little, `CTO_E_TRANSACTION_EFFECT` where it would do
 * anything else to the operation's wallets, and what `simulate` throws
 */
export async function requireLeg(
  { chain }: Pick<Ports, "chain">,
  market: Sizing & { readonly open: Pick<OpenVenue, "offline"> },
  leg: Pick<Leg, "address" | "lamports">,
  { buy, unsigned, blockhashSlot }: Composed,
): Promise<void> {
  const { survey } = market;
  const notBefore = blockhashSlot > survey.slot ? blockhashSlot : survey.slot;
  const { lookupTables } = buy;
  const simulation = await chain.simulate(unsigned, { asSigned: true, notBefore, lookupTables });
  requireHarmless(simulation, market, leg, buy);
}

/**
 * What a simulated leg must show, whoever has built it.
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
