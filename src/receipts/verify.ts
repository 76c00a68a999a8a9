/**
 * Compares a receipt with itself and with the chain: every landed leg must have exactly one transaction, and
 * no other leg may have one. `docs/receipt-format.md` lists the rules. `verifiers/python/verify.py`
 * implements them without this code.
 */
import type { Address } from "@solana/kit";
import { hasLanded, isOpen } from "../engine/ports.ts";
import { callProblems, countsIn, isOfCall, mentionsOf } from "./call-rules.ts";
import type { ChainReader } from "./chain-reader.ts";
import { contradictions } from "./contradictions.ts";
import { type ChainLeg, type ChainRecord, readFromChain } from "./from-chain.ts";
import { shapeProblems } from "./shape.ts";
import type { Receipt, ReceiptLeg, ReceiptRecovery } from "./types.ts";

export type Verification = {
  readonly ok: boolean;
  /**
   * How many landed legs and returns have exactly one successful transaction on chain with their memo, signed
   * by their wallet.
   */
  readonly memosVerified: number;
  /** How many successful transactions of the operation we found. */
  readonly transactions: number;
  /** How many transactions of the operation landed with an error. */
  readonly failedTransactions: number;
  /** The differences in words. Empty if the receipt agrees with itself and with the chain. */
  readonly problems: readonly string[];
  /** What was noticed and contradicts nothing. Absent if there is nothing. */
  readonly mentions?: readonly string[];
};

function compareLeg(leg: ReceiptLeg, found: ChainLeg): string[] {
  const name = `leg ${leg.leg}`;
  const differing = (what: string, receipt: string | undefined, chain: string): string[] =>
    receipt === undefined || receipt === chain
      ? []
      : [`${name}: ${what} is ${receipt} in the receipt and ${chain} on chain`];
  return [
    ...differing("the wallet", leg.address, found.address),
    ...differing("the payer", leg.payer, found.payer),
    ...differing("the memo", leg.memo, found.memo),
    ...differing("the signature", leg.signature, found.signature),
    ...differing("the slot", leg.slot, String(found.slot)),
    ...(found.mayBe.some((amount) => String(amount) === leg.lamports)
      ? []
      : differing("the amount in lamports", leg.lamports, String(found.lamports))),
    ...differing("the amount of tokens", leg.tokens, String(found.tokens)),
    ...(found.tokens > 0n ? [] : [`${name}: its transaction brought none of the token`]),
  ];
}

/**
 * Compares the transactions' fees. If buyers were funded ahead, only the payer's history has that
 * transaction, and we do not read it. The receipt's costs may then be higher.
 */
function compareFees({ costs }: Receipt, { legs, fundedAhead }: ChainRecord): string[] {
  const said = BigInt(costs.networkLamports) + BigInt(costs.priorityLamports);
  const paid = legs.reduce((all, { fee }) => all + fee, 0n);
  if (said === paid || (fundedAhead && said > paid)) return [];
  return [`the fees are ${said} lamports in the receipt and ${paid} on chain`];
}

type Compared = { readonly problems: readonly string[]; readonly verified: number };

/** Compares every return in the receipt and every return on chain. */
function compareRecoveries({ recovered = [] }: Receipt, chain: ChainRecord): Compared {
  const problems: string[] = [];
  let verified = 0;
  const onChain = chain.legs.filter(({ kind }) => kind === "recover");
  for (const one of recovered) {
    const found = onChain.filter(({ leg }) => leg === one.leg);
    const [only] = found;
    if (found.length > 1) problems.push(`leg ${one.leg} has returned ${found.length} times`);
    else if (only === undefined) {
      if (hasLanded(one.status))
        problems.push(`leg ${one.leg} has returned, but the chain has no transaction with its memo`);
    } else if (hasLanded(one.status)) {
      problems.push(...compareRecovery(one, only));
      if (only.memo === one.memo && only.address === one.address) verified += 1;
    } else if (!isOpen(one)) {
      problems.push(`the return of leg ${one.leg} is ${one.status}, but ${only.signature} landed`);
    }
  }
  for (const { leg, signature } of onChain) {
    if (!recovered.some((one) => one.leg === leg))
      problems.push(`${signature} returns from leg ${leg}, which the receipt does not say`);
  }
  return { problems, verified };
}

function compareRecovery(one: ReceiptRecovery, found: ChainLeg): string[] {
  // A wallet that pays for itself also gets what strangers have sent to the accounts that it closes.
  const isWithin = found.payer === found.address && BigInt(one.lamports) <= found.lamports;
  const pairs = [
    ["wallet", one.address, found.address],
    ["memo", one.memo, found.memo],
    ["signature", one.signature, found.signature],
    ["slot", one.slot ?? String(found.slot), String(found.slot)],
    ["amount in lamports", isWithin ? String(found.lamports) : one.lamports, String(found.lamports)],
  ] as const;
  return pairs
    .filter(([, receipt, chain]) => receipt !== chain)
    .map(
      ([what, receipt, chain]) =>
        `return of leg ${one.leg}: the ${what} is ${receipt} in the receipt and ${chain} on chain`,
    );
}

/** Finds a leg that received less than its least amount on chain, if the settled receipt does not report it. */
const compareDelivery = (
  { settled, incidents = [] }: Receipt,
  { leg, leastTokens }: ReceiptLeg,
  { tokens }: ChainLeg,
): string[] =>
  settled &&
  leastTokens !== undefined &&
  tokens < BigInt(leastTokens) &&
  !incidents.some((incident) => incident.leg === leg)
    ? [`leg ${leg} received ${tokens} token units, less than ${leastTokens}, which the receipt does not say`]
    : [];

/** Compares without network requests. */
export function compare(receipt: Receipt, chain: ChainRecord): Verification {
  const recoveries = compareRecoveries(receipt, chain);
  const problems = [...contradictions(receipt), ...chain.problems, ...recoveries.problems];
  // While a step is open, the chain may be ahead of the receipt.
  if (![...receipt.legs, ...(receipt.recovered ?? [])].some(isOpen))
    problems.push(...compareFees(receipt, chain));
  let memosVerified = recoveries.verified;
  for (const leg of receipt.legs) {
    const found = chain.legs.filter((each) => each.kind === "buy" && each.leg === leg.leg);
    const [only] = found;
    if (found.length > 1) {
      problems.push(
        `leg ${leg.leg} has ${found.length} transactions: ${found.map((each) => each.signature).join(", ")}`,
      );
    } else if (only === undefined) {
      if (hasLanded(leg.status))
        problems.push(`leg ${leg.leg} has landed, but the chain has no transaction with its memo`);
    } else if (!hasLanded(leg.status)) {
      if (!isOpen(leg)) problems.push(`leg ${leg.leg} is ${leg.status}, but ${only.signature} landed`);
    } else {
      problems.push(...compareLeg(leg, only), ...compareDelivery(receipt, leg, only));
      if (only.memo === leg.memo && only.address === leg.address) memosVerified += 1;
    }
  }
  for (const each of chain.legs.filter(({ kind }) => kind !== "recover")) {
    if (!receipt.legs.some(({ leg }) => leg === each.leg))
      problems.push(`${each.signature} is for leg ${each.leg}, which the receipt does not have`);
  }
  return {
    ok: problems.length === 0,
    memosVerified,
    transactions: chain.legs.length,
    failedTransactions: chain.failed.length,
    problems,
  };
}

/** On another cluster nothing of the operation is there, and every other difference follows from that. */
async function clusterProblems(
  { genesisHash, call }: Receipt,
  reader: Pick<ChainReader, "genesisHash">,
): Promise<string[]> {
  const named = [genesisHash, call?.terms.cluster].filter((one) => one !== undefined);
  if (named.length === 0) return [];
  const asked = await reader.genesisHash();
  const other = named.find((one) => one !== asked);
  return other === undefined
    ? []
    : [`the receipt is of the cluster with the genesis hash ${other}, and this endpoint's is ${asked}`];
}

/**
 * Checks a receipt from any source against the chain alone. A value that is not a receipt is refused before the chain is read.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 * @example
 * const { ok, problems } = await verifyReceipt(receipt, createChainReader(rpcUrl));
 */
export async function verifyReceipt(receipt: Receipt, reader: ChainReader): Promise<Verification> {
  const misshapen = shapeProblems(receipt);
  if (misshapen.length > 0) {
    return { ok: false, memosVerified: 0, transactions: 0, failedTransactions: 0, problems: misshapen };
  }
  const isAsked = receipt.decimals !== undefined || isOfCall(receipt);
  const decimals = isAsked ? await reader.decimals(receipt.asked.token as Address) : 0;
  const chain = await readFromChain(reader, {
    operationId: receipt.operationId,
    // A sweep has returns and no buys.
    addresses: [...new Set([...receipt.legs, ...(receipt.recovered ?? [])].map(({ address }) => address))],
    token: receipt.asked.token,
    ...(isOfCall(receipt) ? { counts: countsIn(receipt, decimals) } : {}),
  });
  const verification = compare(receipt, chain);
  const problems = [
    ...(await clusterProblems(receipt, reader)),
    ...verification.problems,
    ...(receipt.decimals === undefined || decimals === receipt.decimals
      ? []
      : [`the token has ${decimals} decimals, in the receipt ${receipt.decimals}`]),
    ...(isOfCall(receipt) ? await callProblems(receipt, reader, decimals) : []),
  ];
  const mentions = mentionsOf(chain.others ?? []);
  return {
    ...verification,
    ok: problems.length === 0,
    problems,
    ...(mentions.length > 0 ? { mentions } : {}),
  };
}
