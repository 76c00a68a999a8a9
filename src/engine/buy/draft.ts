/** Puts one leg's buy into a transaction: who pays, what is transferred, and the public memo. */

import type {
  Address,
  Buy,
  Lamports,
  Leg,
  MessageFormat,
  Mode,
  Operation,
  Survey,
  TransactionDraft,
} from "../ports.ts";
import { reserveFor } from "../transaction/costs.ts";
import { formatMemo } from "../transaction/memo-text.ts";

/** In `standard` mode one funding wallet pays for every buyer; in `prefunded` mode there is none. */
export type Payers = { readonly funding: { readonly walletId: string; readonly address: Address } | null };

/** The wallet that pays fees and rents of a leg. */
export const payerOf = (payers: Payers, leg: Pick<Leg, "address">): Address =>
  payers.funding?.address ?? leg.address;

/** How the buys are paid for: a standard operation whose buyers were funded beforehand buys like a prefunded one. */
export const modeOf = ({ funding }: Payers): Mode => (funding === null ? "prefunded" : "standard");

/** What all transactions of an operation share. */
export type Sizing = {
  readonly survey: Survey;
  readonly payers: Payers;
  readonly format: MessageFormat;
  readonly computeUnitLimit: number;
  /** Micro-lamports per compute unit. */
  readonly computeUnitPrice: bigint;
};

export const lamportsOf = (survey: Survey, address: Address): Lamports =>
  survey.owners.get(address)?.lamports ?? (0n as Lamports);

/**
 * A leg's transaction without its lifetime. In `standard` mode the funding wallet's transfer to the buyer stands
 * before the buy in the same transaction: either both happen or neither does.
 */
export function draftBuy(
  operation: Pick<Operation, "id">,
  legCount: number,
  leg: Pick<Leg, "index" | "address" | "lamports">,
  buy: Buy,
  { survey, payers, format, computeUnitLimit, computeUnitPrice }: Sizing,
): Omit<TransactionDraft, "lifetime"> {
  const reserve = reserveFor(survey.cluster, lamportsOf(survey, leg.address), buy.transientLamports);
  const transfer = payers.funding && {
    from: payers.funding.address,
    to: leg.address,
    lamports: (leg.lamports + buy.buyerRentLamports + reserve) as Lamports,
  };
  return {
    feePayer: payerOf(payers, leg),
    transfers: transfer ? [transfer] : [],
    setup: buy.setup,
    swap: buy.swap,
    memo: {
      text: formatMemo({ operationId: operation.id, kind: "buy", leg: leg.index, legs: legCount }),
      signer: leg.address,
    },
    cleanup: buy.cleanup,
    computeUnitLimit,
    computeUnitPrice,
    format,
    lookupTables: buy.lookupTables,
  };
}
