/**
 * Checks what the receipt of an open call says beside that of an operation, against the chain: that its terms are those
 * that the caller has published, and that what landed keeps to them. `docs/receipt-format.md` has the rules from 14 on.
 */
import { createHash } from "node:crypto";
import type { Signature } from "@solana/kit";
import { type CanonicalValue, canonicalJson } from "../base/canonical-json.ts";
import { LAMPORTS_PER_SOL } from "../base/sol.ts";
import { UNKNOWN_FUNDER } from "../calls/funders.ts";
import { SALES_AT_MOST } from "../calls/largest-sales.ts";
import type { Terms } from "../calls/terms.ts";
import { hasLanded } from "../engine/ports.ts";
import type { ChainReader, ChainTransaction } from "./chain-reader.ts";
import { type ChainLeg, readHistory, tooLong } from "./from-chain.ts";
import { signedMemosIn } from "./signed-memos.ts";
import type { Receipt, ReceiptCall, ReceiptLeg } from "./types.ts";

type CallReceipt = Receipt & { readonly call: ReceiptCall };

export const isOfCall = (receipt: Receipt): receipt is CallReceipt => receipt.call !== undefined;

type Sum = { readonly wallets: number; readonly lamports: bigint };

const sumOf = (legs: readonly ReceiptLeg[]): Sum => ({
  wallets: legs.length,
  lamports: legs.reduce((all, { lamports }) => all + BigInt(lamports), 0n),
});

const reachesLeast = ({ wallets, lamports }: Sum, { leastWallets, leastLamports }: Terms): boolean =>
  wallets >= leastWallets && lamports >= BigInt(leastLamports);

const landedIn = ({ legs }: Receipt): ReceiptLeg[] => legs.filter(({ status }) => hasLanded(status));

/** Whether what landed reaches the least of the terms. */
export const hasLeastLanded = (legs: readonly ReceiptLeg[], terms: Terms): boolean =>
  reachesLeast(sumOf(legs.filter(({ status }) => hasLanded(status))), terms);

/** Whether these tokens are enough for these lamports at the price cap of the terms. @param decimals the token's */
function keepsToCap(
  { maxPrice }: Pick<Terms, "maxPrice">,
  decimals: number,
  { lamports, tokens }: { readonly lamports: bigint; readonly tokens: bigint },
): boolean {
  const [whole = "", fraction = ""] = maxPrice.split(".");
  const most = tokens * BigInt(whole + fraction) * LAMPORTS_PER_SOL;
  return most >= lamports * 10n ** BigInt(decimals + fraction.length);
}

/**
 * Says which transactions count (step 4). Members have their own keys, so they may sign the memo elsewhere. What the receipt does
 * not name counts as a purchase only if the terms allow it as one: it spent what a wallet spends at least, and brought the
 * tokens for that. So nobody can contradict an honest receipt with one base unit, and no claim of the receipt decides.
 */
export function countsIn({ legs, call }: CallReceipt, decimals: number): (found: ChainLeg) => boolean {
  const named = new Set(legs.flatMap(({ signature = [] }) => signature));
  const least = BigInt(call.terms.perWallet.leastLamports);
  return ({ kind, signature, lamports, tokens }) =>
    named.has(signature) ||
    (kind === "buy" &&
      tokens > 0n &&
      lamports >= least &&
      keepsToCap(call.terms, decimals, { lamports: least, tokens }));
}

/** Says what has a memo of the call and does not count. It is no fault of the receipt. */
export const mentionsOf = (others: readonly ChainLeg[]): string[] =>
  others.map(
    ({ memo, address, signature, lamports, tokens }) =>
      `${signature} has the memo "${memo}", which ${address} has signed, and is no purchase of the call: it spent ${lamports} lamports and brought ${tokens} token units`,
  );

const told = (isRight: boolean, problem: string): string[] => (isRight ? [] : [problem]);

/** The hash of the terms as the receipt has them; null if they are no JSON that has one. */
function hashOf(terms: Terms): string | null {
  try {
    return createHash("sha256")
      .update(canonicalJson(terms as CanonicalValue))
      .digest("hex");
  } catch {
    return null;
  }
}

/** Rule 14. */
const termsProblems = ({ operationId, asked, purpose, recovered, call }: CallReceipt): string[] => [
  ...told(hashOf(call.terms) === call.termsHash, `the hash of the call's terms is not ${call.termsHash}`),
  ...told(call.terms.callId === operationId, `the terms are of the call ${call.terms.callId}`),
  ...told(call.terms.mint === asked.token, `the terms are of the token ${call.terms.mint}`),
  ...told(call.terms.platform === asked.platform, `the terms say the venue ${call.terms.platform}`),
  ...told(
    asked.mode === "prefunded" && purpose === undefined && recovered === undefined,
    "members of a call pay from their own wallets, and nothing is returned",
  ),
];

/** Rule 15. */
function announcementProblems(
  { operationId, call, legs }: CallReceipt,
  found: ChainTransaction | null,
): string[] {
  const { announcement, termsHash, terms } = call;
  if (announcement === undefined) return ["the call names no transaction that publishes its terms"];
  if (found === null || found.meta.err !== null)
    return [`${announcement}, which publishes the terms, is not on chain`];
  const memo = `cto:1:${operationId}:call:${termsHash}`;
  const isPublished = signedMemosIn(found).some(
    ({ text, signers }) => text === memo && signers.includes(terms.caller.wallet),
  );
  const early = legs.filter(
    ({ status, slot }) => hasLanded(status) && BigInt(slot ?? found.slot) < found.slot,
  );
  return [
    ...told(isPublished, `${announcement} has no memo "${memo}" that ${terms.caller.wallet} has signed`),
    ...early.map(({ leg }) => `leg ${leg} landed before the terms were published`),
  ];
}

/**
 * Rule 15, too: terms never change, so a caller publishes one hash for an id. With two of them it could show each member other terms.
 */
async function secondTermsProblems(
  { operationId, call }: CallReceipt,
  reader: Pick<ChainReader, "transaction" | "history">,
): Promise<string[]> {
  const { wallet } = call.terms.caller;
  const memo = `cto:1:${operationId}:call:`;
  const { lines, complete } = await readHistory(reader, wallet);
  const problems = complete ? [] : [tooLong(wallet)];
  for (const { signature } of lines.filter((line) => line.err === null && line.memo?.includes(memo))) {
    const found = await reader.transaction(signature as Signature);
    if (found === null) {
      problems.push(`the endpoint lists ${signature} but does not have it`);
      continue;
    }
    const others = signedMemosIn(found).filter(
      ({ text, signers }) =>
        text.startsWith(memo) && text !== `${memo}${call.termsHash}` && signers.includes(wallet),
    );
    problems.push(...others.map(({ text }) => `${signature} publishes other terms of this call: "${text}"`));
  }
  return problems;
}

/** Rule 16. */
function markProblems({ call, legs }: CallReceipt): string[] {
  const own = new Set<string>(call.terms.caller.wallets.map(({ address }) => address));
  return legs
    .filter(({ address, caller }) => own.has(address) !== (caller === true))
    .map(({ leg, address }) =>
      own.has(address)
        ? `leg ${leg}: ${address} is the caller's, and is not marked`
        : `leg ${leg}: ${address} is marked as the caller's, and the terms do not name it`,
    );
}

/** Rule 17. @param decimals the token's, from the chain */
function boundProblems(receipt: CallReceipt, decimals: number): string[] {
  const { legs, call } = receipt;
  const { perWallet, mostLamports, maxPrice } = call.terms;
  const [least, most] = [BigInt(perWallet.leastLamports), BigInt(perWallet.mostLamports)];
  return [
    ...legs
      .filter(({ lamports }) => BigInt(lamports) < least || BigInt(lamports) > most)
      .map(({ leg, lamports }) => `leg ${leg}: ${lamports} lamports are outside the bounds of a wallet`),
    ...told(sumOf(legs).lamports <= BigInt(mostLamports), "the legs are more than the most of the terms"),
    ...landedIn(receipt)
      .filter(
        ({ lamports, tokens }) =>
          !keepsToCap(call.terms, decimals, { lamports: BigInt(lamports), tokens: BigInt(tokens ?? 0) }),
      )
      .map(({ leg }) => `leg ${leg} paid more than ${maxPrice} SOL for a whole token`),
  ];
}

const sumProblem = (name: string, said: ReceiptCall["pledged"], right: Sum): string[] =>
  told(
    said.wallets === right.wallets && said.lamports === String(right.lamports),
    `${name}: ${said.wallets} wallets and ${said.lamports} lamports, by the legs ${right.wallets} and ${right.lamports}`,
  );

/** Rule 18. */
function countProblems({ call, legs }: CallReceipt): string[] {
  const signed = legs.filter((leg) => leg.signed === true);
  const dropped = signed.filter(({ status }) => !hasLanded(status)).length;
  const known = legs.flatMap(({ funder }) => (funder === undefined ? [] : [funder]));
  const distinct = new Set(known.filter((funder) => funder !== UNKNOWN_FUNDER)).size;
  const unknown = known.filter((funder) => funder === UNKNOWN_FUNDER).length;
  const landed = hasLeastLanded(legs, call.terms);
  return [
    ...sumProblem("pledged", call.pledged, sumOf(legs)),
    ...sumProblem("signed", call.signed, sumOf(signed)),
    ...told(call.dropped === dropped, `${call.dropped} members were dropped, by the legs ${dropped}`),
    ...told(!call.released || reachesLeast(sumOf(signed), call.terms), "it was released below the least"),
    ...told(
      call.leastLanded === landed,
      `it says that the least landed: ${call.leastLanded}, by the legs ${landed}`,
    ),
    ...told(
      call.funders === undefined ||
        (known.length === legs.length &&
          call.funders.distinct === distinct &&
          call.funders.unknown === unknown),
      `the funders are counted otherwise, by the legs ${distinct} distinct and ${unknown} unknown`,
    ),
  ];
}

/** Rule 19. */
function saleProblems(
  { call, asked }: CallReceipt,
  sale: ReceiptCall["sales"][number],
  found: ChainTransaction | null,
): string[] {
  const own = new Set<string>(call.terms.caller.wallets.map(({ address }) => address));
  if (found === null || found.meta.err !== null) return [`the sale ${sale.signature} is not on chain`];
  const heldIn = (
    balances: ChainTransaction["meta"]["preTokenBalances"],
    whose: (owner: string) => boolean,
  ) =>
    (balances ?? [])
      .filter(({ mint, owner = "" }) => mint === asked.token && whose(owner))
      .reduce((all, { uiTokenAmount }) => all + uiTokenAmount.amount, 0n);
  const lost = (whose: (owner: string) => boolean): bigint =>
    heldIn(found.meta.preTokenBalances, whose) - heldIn(found.meta.postTokenBalances, whose);
  const left = lost((owner) => own.has(owner));
  const isRight =
    own.has(sale.wallet) &&
    lost((owner) => owner === sale.wallet) > 0n &&
    left > 0n &&
    String(left) === sale.tokens &&
    String(found.slot) === sale.slot;
  return told(
    isRight,
    `the sale ${sale.signature}: ${left} token units left the caller's wallets in slot ${found.slot}`,
  );
}

/**
 * Returns what the chain contradicts. The legs must have been compared with the chain before (rules 8 to 10): this reads
 * only what publishes the terms, the caller's history, and the sales.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function callProblems(
  receipt: CallReceipt,
  reader: Pick<ChainReader, "transaction" | "history">,
  decimals: number,
): Promise<string[]> {
  const { announcement, sales, salesLeftOff } = receipt.call;
  const published = announcement === undefined ? null : await reader.transaction(announcement as Signature);
  const problems = [
    ...termsProblems(receipt),
    ...announcementProblems(receipt, published),
    ...(await secondTermsProblems(receipt, reader)),
    ...markProblems(receipt),
    ...boundProblems(receipt, decimals),
    ...countProblems(receipt),
  ];
  const isOnce = new Set(sales.map(({ signature }) => signature)).size === sales.length;
  problems.push(...told(isOnce, "a sale is listed twice"));
  const isFull = sales.length === SALES_AT_MOST;
  problems.push(
    ...told(sales.length <= SALES_AT_MOST, `${sales.length} sales are listed, more than ${SALES_AT_MOST}`),
    ...told(salesLeftOff !== true || isFull, `sales are left off, and only ${sales.length} are listed`),
  );
  for (const sale of sales.slice(0, SALES_AT_MOST))
    problems.push(...saleProblems(receipt, sale, await reader.transaction(sale.signature as Signature)));
  return problems;
}
