/** Creates an operation's receipt from the journal's record. Anyone may see it. */

import { getBase64Encoder, getTransactionDecoder } from "@solana/kit";
import { decodeMessage } from "../base/message.ts";
import { lamportsToShare } from "../engine/operation/plan.ts";
import { type LegResult, type OperationResult, summarise } from "../engine/operation/result.ts";
import type { Incident, LeftOut, Leg, Operation, OperationRequest, Step } from "../engine/ports.ts";
import { decisiveAttempt, legOf, stepOfLeg } from "../engine/ports.ts";
import { hasLanded } from "../engine/step/status.ts";
import { formatMemo } from "../engine/transaction/memo-text.ts";
import { priceOf } from "./price.ts";
import { publicFailure } from "./public-failure.ts";
import type { Receipt, ReceiptIncident, ReceiptLeg, ReceiptRecovery } from "./types.ts";

const EQUAL_SHARES =
  "Equal shares in the wallets' order; lamports left over by rounding down go one each to the first wallets.";

const ALL_BACK = "All that each wallet holds goes back to the funding wallet, in the wallets' order.";

const describeSplit = (
  { weights, purpose, retry }: OperationRequest,
  leftOut: readonly LeftOut[],
): string => {
  if (purpose === "sweep") return ALL_BACK;
  const shared = weights?.filter((_, at) => !leftOut.some(({ place }) => place === at + 1));
  const rule =
    shared === undefined
      ? EQUAL_SHARES
      : `Shares by the caller's weights ${shared.join(":")} in the wallets' order; lamports left over by rounding down go one each to the first wallets.`;
  if (leftOut.length === 0) return rule;
  const count = leftOut.length === 1 ? "One wallet is" : `${leftOut.length} wallets are`;
  const unspent = retry === undefined ? "" : " A retry does not spend the amount of such a wallet.";
  return `${rule} ${count} left out: accounts that could not take a buy.${unspent}`;
};

const VERIFY =
  "Ask any Solana RPC for getSignaturesForAddress of each wallet. Exactly one successful transaction per landed leg " +
  "carries the leg's memo, signed by that wallet; getTransaction shows what it paid and got. What was returned carries a recover memo. `cto receipt <id> --verify` does it.";

/** Returns the payer of a transaction's fee, from its signed bytes. */
function payerOf(step: Step | undefined): string | undefined {
  const attempt = step && decisiveAttempt(step);
  if (attempt === undefined) return undefined;
  const { messageBytes } = getTransactionDecoder().decode(getBase64Encoder().encode(attempt.wire));
  return decodeMessage(messageBytes).feePayer;
}

const priced = (
  lamports: bigint,
  tokens: bigint | undefined,
  decimals: number | undefined,
): { price?: string } =>
  tokens === undefined || tokens <= 0n || decimals === undefined
    ? {}
    : { price: priceOf(lamports, tokens, decimals) };

function toLeg(
  operationId: string,
  legs: number,
  result: LegResult,
  step: Step | undefined,
  decimals: number | undefined,
): ReceiptLeg {
  const { leg, address, lamports, status, leastTokens, tokensReceived, signature, slot, failure } = result;
  const payer = payerOf(step);
  const tokens = hasLanded(status) ? tokensReceived : undefined;
  return {
    leg,
    address,
    ...(payer !== undefined ? { payer } : {}),
    lamports: String(lamports),
    status,
    ...(leastTokens !== undefined ? { leastTokens: String(leastTokens) } : {}),
    ...(tokens !== undefined ? { tokens: String(tokens) } : {}),
    ...priced(lamports, tokens, decimals),
    ...(signature !== undefined ? { signature } : {}),
    ...(slot !== undefined ? { slot: String(slot) } : {}),
    memo: formatMemo({ operationId, kind: "buy", leg, legs }),
    ...(failure !== undefined ? { failure: publicFailure(failure) } : {}),
  };
}

const toIncident = ({ slot, received, least, ...rest }: Incident): ReceiptIncident => ({
  ...rest,
  slot: String(slot),
  received: String(received),
  least: String(least),
});

/** Lists every return that was ever signed. */
const recoveriesOf = (
  operationId: string,
  legs: readonly Leg[],
  steps: readonly Step[],
): readonly ReceiptRecovery[] =>
  steps.flatMap((step) => {
    const attempt = decisiveAttempt(step);
    const leg = legOf(legs, step);
    if (step.kind !== "recover" || attempt === undefined || leg === undefined) return [];
    const { index, address } = leg;
    const { signature, slot, returned = 0n } = attempt;
    return [
      {
        leg: index,
        address,
        lamports: String(returned),
        status: step.status,
        signature,
        ...(slot !== undefined ? { slot: String(slot) } : {}),
        memo: formatMemo({ operationId, kind: "recover", leg: index, legs: legs.length }),
      },
    ];
  });

const totalsOf = (result: OperationResult, decimals: number | undefined): Receipt["totals"] => {
  const { legs, landed, spentLamports, tokensReceived } = result;
  return {
    legs: legs.length,
    landed,
    lamports: String(spentLamports),
    ...(tokensReceived !== undefined ? { tokens: String(tokensReceived) } : {}),
    ...priced(spentLamports, tokensReceived, decimals),
  };
};

export type KnownBeside = {
  /** The token's decimals. Without them the receipt has amounts but no prices. */
  readonly decimals?: number;
  readonly genesisHash?: string;
  /** The id of the operation's retry. */
  readonly retriedBy?: string;
};

/**
 * Creates the receipt. It contains no user, chat or wallet id and no wallet label: only what the chain shows anyway.
 *
 * @param known what the operation's own record does not tell
 */
export function createReceipt(
  operation: Operation,
  legs: readonly Leg[],
  steps: readonly Step[],
  { decimals, genesisHash, retriedBy }: KnownBeside = {},
): Receipt {
  const { id, request, status, settled, partial, venue, price, failure, finishedAt, createdAt } = operation;
  const result = summarise(legs, steps);
  const recovered = recoveriesOf(id, legs, steps);
  return {
    receipt: 1,
    operationId: id,
    ...(request.purpose !== undefined ? { purpose: request.purpose } : {}),
    ...(genesisHash !== undefined ? { genesisHash } : {}),
    ...(request.retry !== undefined ? { retryOf: request.retry.of } : {}),
    ...(retriedBy !== undefined ? { retriedBy } : {}),
    status,
    settled,
    partial,
    asked: {
      token: request.tokenAddress,
      ...(operation.tokenLabel ? { tokenLabel: operation.tokenLabel } : {}),
      lamports: String(lamportsToShare(request, operation.leftOut ?? [])),
      mode: request.mode,
      platform: request.platform,
      at: createdAt.toISOString(),
    },
    split: describeSplit(request, operation.leftOut ?? []),
    ...(venue !== undefined ? { venue } : {}),
    ...(price !== undefined ? { price } : {}),
    ...(decimals !== undefined ? { decimals } : {}),
    legs: result.legs.map((leg) =>
      toLeg(id, legs.length, leg, stepOfLeg(steps, "buy", { index: leg.leg }), decimals),
    ),
    totals: totalsOf(result, decimals),
    ...(operation.incidents ? { incidents: operation.incidents.map(toIncident) } : {}),
    ...(recovered.length > 0 ? { recovered } : {}),
    costs: {
      networkLamports: String(result.costs.network),
      priorityLamports: String(result.costs.priority),
      rentLamports: String(result.costs.rent),
    },
    ...(failure !== undefined ? { failure: publicFailure(failure) } : {}),
    ...(finishedAt !== undefined ? { finishedAt: finishedAt.toISOString() } : {}),
    verify: VERIFY,
  };
}
