/**
 * Finds contradictions within a receipt, without the chain. `docs/receipt-format.md` lists these rules by number.
 */
import type { Lamports } from "@solana/kit";
import { shareLamports } from "../engine/operation/plan.ts";
import { hasLanded, isOpen, isOver, type StepKind } from "../engine/ports.ts";
import { formatMemo } from "../engine/transaction/memo-text.ts";
import { priceOf } from "./price.ts";
import type { Receipt } from "./types.ts";

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** Returns the memo that a step must carry, or null if no memo can be made from the receipt's parts. */
function memoOf({ operationId, legs }: Receipt, kind: StepKind, leg: number, count: number): string | null {
  try {
    return formatMemo({ operationId, kind, leg, legs: Math.max(count, legs.length) });
  } catch {
    return null;
  }
}

/**
 * Returns the number of wallets. A sweep has no buys, so only its memos contain the number. They must all agree.
 */
const countOf = ({ legs, recovered = [] }: Receipt): number =>
  legs.length > 0 ? legs.length : Number(recovered[0]?.memo.split("/")[1] ?? 0);

function numbering(receipt: Receipt): string[] {
  const { legs, purpose, recovered = [] } = receipt;
  const count = countOf(receipt);
  const unique = new Set(legs.map(({ address }) => address)).size === legs.length;
  const isOnce = new Set(recovered.map(({ leg }) => leg)).size === recovered.length;
  return [
    ...legs.flatMap(({ leg }, at) => (leg === at + 1 ? [] : [`leg ${leg} stands in place ${at + 1}`])),
    ...(unique ? [] : ["a wallet has two legs"]),
    ...(isOnce ? [] : ["a leg has two returns"]),
    ...(purpose === "sweep" && legs.length > 0 ? ["it is a sweep, and has legs"] : []),
    ...legs
      .filter(({ leg, memo }) => memo !== memoOf(receipt, "buy", leg, count))
      .map(({ leg, memo }) => `leg ${leg}: ${memo} is not its memo`),
    ...recovered
      .filter(({ leg, memo }) => memo !== memoOf(receipt, "recover", leg, count))
      .map(({ leg, memo }) => `return of leg ${leg}: ${memo} is not its memo`),
    ...recovered
      .filter(({ leg, address }) => legs.length > 0 && legs[leg - 1]?.address !== address)
      .map(({ leg, address }) => `return of leg ${leg}: ${address} is not the wallet of that leg`),
  ];
}

/** Returns the weights of the rule that the receipt states, or null if we do not know the rule. */
function weightsOf({ split, legs }: Receipt): number[] | null {
  if (split.startsWith("Equal shares")) return legs.map(() => 1);
  const [, text] = /^Shares by the caller's weights ([\d:]+) /.exec(split) ?? [];
  const weights = text?.split(":").map(Number);
  return weights?.length === legs.length ? weights : null;
}

function amounts(receipt: Receipt): string[] {
  const { asked, legs, purpose } = receipt;
  if (purpose === "sweep" || legs.length === 0) return [];
  const weights = weightsOf(receipt);
  if (weights === null) return ["the rule of the amounts is not one that this receipt's legs can follow"];
  const shares = shareLamports(BigInt(asked.lamports) as Lamports, weights);
  return legs.flatMap(({ leg, lamports }, at) =>
    lamports === String(shares[at]) ? [] : [`leg ${leg} has ${lamports} lamports, by the rule ${shares[at]}`],
  );
}

/** Checks a price. A price needs the decimals, and must follow from the two amounts next to it. */
function priceProblem(
  name: string,
  { price, lamports, tokens }: { price?: string; lamports: string; tokens?: string },
  decimals: number | undefined,
): string[] {
  if (price === undefined) return [];
  const isKnown = decimals !== undefined && tokens !== undefined && BigInt(tokens) > 0n;
  const right = isKnown ? priceOf(BigInt(lamports), BigInt(tokens), decimals) : null;
  return price === right ? [] : [`${name}: the price is ${price}, by its amounts ${right ?? "none"}`];
}

function landedLegs({ asked, legs, decimals }: Receipt): string[] {
  return legs.flatMap((leg) => {
    const name = `leg ${leg.leg}`;
    const price = priceProblem(name, leg, decimals);
    if (!hasLanded(leg.status))
      return leg.tokens === undefined ? price : [...price, `${name} has not landed, and has tokens`];
    const missing = (["signature", "slot", "payer"] as const).filter((field) => leg[field] === undefined);
    const paidByOther = asked.mode === "prefunded" && leg.payer !== undefined && leg.payer !== leg.address;
    return [
      ...price,
      ...missing.map((field) => `${name} has landed, and has no ${field}`),
      ...(paidByOther ? [`${name} is prefunded, and another wallet paid`] : []),
    ];
  });
}

function totalsProblems({ legs, totals, decimals }: Receipt): string[] {
  const landed = legs.filter((one) => hasLanded(one.status));
  const tokens = landed.map((leg) => (leg.tokens === undefined ? null : BigInt(leg.tokens)));
  const all = tokens.every((amount) => amount !== null) ? String(sum(tokens)) : undefined;
  const right = {
    legs: legs.length,
    landed: landed.length,
    lamports: String(sum(landed.map(({ lamports }) => BigInt(lamports)))),
    tokens: all,
  };
  const names = ["legs", "landed", "lamports", "tokens"] as const;
  return [
    ...names
      .filter((name) => totals[name] !== right[name])
      .map((name) => `the total of ${name} is ${totals[name]}, by the legs ${right[name]}`),
    ...priceProblem("the total", totals, decimals),
  ];
}

/**
 * Checks the status. While a step is open, the only problem is a receipt that claims to be final: a fork may
 * have reopened the step after the operation was over.
 */
function statusProblems({ purpose, status, settled, partial, legs, recovered = [] }: Receipt): string[] {
  const steps = purpose === "sweep" ? recovered : legs;
  if (!isOver({ status })) return settled ? ["it is final, and not over"] : [];
  if (steps.some(isOpen)) return settled ? ["it is final, and a leg of it is not"] : [];
  const landed = steps.filter((one) => hasLanded(one.status)).length;
  const isPart = landed > 0 && landed < steps.length;
  const problems = [
    settled && steps.some((step) => step.status === "confirmed") && "it is final, and a leg of it is not",
    status === "failed" && landed > 0 && "it has failed, and a leg of it has landed",
    status === "completed" && landed === 0 && "it is completed, and nothing has landed",
    purpose === undefined &&
      partial !== isPart &&
      `it says partial: ${partial}, with ${landed} of ${steps.length} landed`,
  ];
  return problems.filter((problem) => problem !== false);
}

/** Returns the contradictions in words. The list is empty if the receipt is consistent. */
export const contradictions = (receipt: Receipt): string[] => [
  ...numbering(receipt),
  ...amounts(receipt),
  ...landedLegs(receipt),
  ...totalsProblems(receipt),
  ...statusProblems(receipt),
];
