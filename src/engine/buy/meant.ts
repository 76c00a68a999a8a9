/**
 * Describes what each signature is meant for, from the plan and not from the draft, because the policy compares the
 * two.
 */

import type { Buy, Lamports, Leg, MeantBuy, Operation, Survey } from "../ports.ts";
import { reserveFor } from "../transaction/costs.ts";
import { lamportsOf, payerOf, type Sizing } from "./draft.ts";

/**
 * Returns what the funding wallet sends a leg's wallet in addition to what it spends: rents that its venue takes, and
 * its own rent-exempt minimum.
 */
const transferRents = (survey: Survey, leg: Pick<Leg, "address">, buy: Buy): Lamports =>
  (buy.buyerRentLamports +
    reserveFor(survey.cluster, lamportsOf(survey, leg.address), buy.transientLamports)) as Lamports;

/** One list for all legs, because the policy derives the wallets' accounts once per list. */
const walletsBySurvey = new WeakMap<Survey, MeantBuy["wallets"]>();

function walletsOf(survey: Survey): MeantBuy["wallets"] {
  const known = walletsBySurvey.get(survey);
  if (known !== undefined) return known;
  const wallets = Object.freeze([...survey.owners.keys()]);
  walletsBySurvey.set(survey, wallets);
  return wallets;
}

export const meantBuy = (
  operation: Pick<Operation, "id">,
  legs: number,
  leg: Pick<Leg, "index" | "address" | "lamports">,
  buy: Buy,
  { survey, payers, computeUnitLimit, computeUnitPrice }: Sizing,
): MeantBuy => ({
  kind: "buy",
  operationId: operation.id,
  leg: leg.index,
  legs,
  buyer: leg.address,
  payer: payerOf(payers, leg),
  mint: survey.mint,
  tokenProgram: survey.tokenProgram,
  decimals: survey.decimals,
  tokensBefore: survey.owners.get(leg.address)?.tokens ?? null,
  lamports: leg.lamports,
  transferRents: payers.funding === null ? null : transferRents(survey, leg, buy),
  venue: buy.venue,
  leastTokens: buy.minTokensOut,
  market: buy.market ?? {},
  alsoOpens: buy.alsoOpens ?? [],
  keeps: buy.keeps ?? [],
  firmQuote: buy.firmQuote ?? null,
  keepsWrapped: survey.owners.get(leg.address)?.wrappedAccount !== undefined,
  wallets: walletsOf(survey),
  lookupTables: buy.lookupTables,
  computeUnitLimit,
  computeUnitPrice,
});
