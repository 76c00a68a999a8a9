/** Builds the transaction draft of one leg's buy: who pays, what is transferred, and the public memo. */

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

/** The funding wallet: in `standard` mode it pays for every buyer; in `prefunded` mode it is null. */
export type Payers = { readonly funding: { readonly walletId: string; readonly address: Address } | null };

/** Returns the wallet that pays a leg's fees and rents. */
export const payerOf = (payers: Payers, leg: Pick<Leg, "address">): Address =>
  payers.funding?.address ?? leg.address;

/** Returns how the buys are paid. A standard operation whose buyers were funded ahead buys like a prefunded one. */
export const modeOf = ({ funding }: Payers): Mode => (funding === null ? "prefunded" : "standard");

/** The values that all transactions of an operation share. */
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
 * Drafts a leg's transaction without its lifetime. In `standard` mode the funding wallet's transfer to the buyer
 * comes before the buy in the same transaction: both happen, or neither does.
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
