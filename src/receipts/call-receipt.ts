/**
 * Creates the receipt of an open call, in the format of an operation's: on chain a muster looks like one. Everything that
 * verifies operations' receipts verifies this one, too. Until its muster begins, a call has no receipt.
 */
import type { CallRecord } from "../calls/call-record.ts";
import { funderOf, fundersOf } from "../calls/funders.ts";
import { unreadWallets } from "../calls/watched.ts";
import { attemptsOpen, type Member, type Muster, shownSignature } from "../engine/calls/muster.ts";
import type { LandedBuy } from "../engine/calls/results.ts";
import { hasBought } from "../engine/calls/results.ts";
import { hasLanded, type OperationStatus, type StepStatus } from "../engine/ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../engine/transaction/costs.ts";
import { formatMemo } from "../engine/transaction/memo-text.ts";
import { hasLeastLanded } from "./call-rules.ts";
import { priceOf } from "./price.ts";
import type { KnownBeside } from "./receipt.ts";
import type { Receipt, ReceiptCall, ReceiptLeg } from "./types.ts";

const VERIFY =
  "Ask any Solana RPC for getSignaturesForAddress of each wallet. Exactly one successful transaction per landed leg " +
  "carries the leg's memo, signed by that wallet; getTransaction shows what it paid and got. Each member pledged its own amount. `cto receipt <id> --verify` does it.";

/** The amounts are those that the members pledged, so they are their own weights. */
const splitOf = ({ members }: Muster): string =>
  `Shares by the caller's weights ${members.map(({ lamports }) => lamports).join(":")} in the wallets' order; lamports left over by rounding down go one each to the first wallets.`;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

/**
 * A member that has landed stays landed, whatever its other attempts came to. What landed and brought nothing is a
 * transaction of its own: anyone can sign the memo without a purchase. Until its effect is read, it is under way.
 */
function statusOf({ attempts }: Member, result: LandedBuy | undefined): StepStatus {
  if (result !== undefined && !hasBought(result)) return attemptsOpen(attempts) ? "in_flight" : "failed";
  const phases = attempts.map(({ phase }) => phase);
  const hasLandedPhase = phases.includes("finalized") || phases.includes("confirmed");
  if (hasLandedPhase && result === undefined) return "in_flight";
  if (phases.includes("finalized")) return "finalized";
  if (phases.includes("confirmed")) return "confirmed";
  if (phases.includes("needs_review")) return "needs_review";
  return attemptsOpen(attempts) ? "in_flight" : "failed";
}

const OPERATION_STATUS: Readonly<Record<CallRecord["status"], OperationStatus>> = {
  announced: "waiting",
  open: "waiting",
  mustering: "active",
  landed: "completed",
  lapsed: "failed",
};

function memberLeg(
  record: CallRecord,
  muster: Muster,
  at: number,
  decimals: number | undefined,
): ReceiptLeg[] {
  const { call, results } = record;
  const { members } = muster;
  const member = members[at];
  if (member === undefined) return [];
  const { wallet, lamports, attempts } = member;
  const funder = funderOf(record, wallet);
  const found = results.find((one) => one.wallet === wallet);
  const status = statusOf(member, found);
  const leg = at + 1;
  const result = hasLanded(status) ? found : undefined;
  const signature = result?.signature ?? attempts.map(shownSignature).findLast((one) => one !== null);
  const { callId } = call.terms;
  return [
    {
      leg,
      address: wallet,
      payer: wallet,
      lamports: String(lamports),
      status,
      ...(result ? landedFields(lamports, result, decimals) : {}),
      ...(signature ? { signature } : {}),
      memo: formatMemo({ operationId: callId, kind: "buy", leg, legs: members.length }),
      ...(call.terms.caller.wallets.some(({ address }) => address === wallet)
        ? { caller: true as const }
        : {}),
      ...(funder === undefined ? {} : { funder }),
      ...(hasSigned(muster, member) ? { signed: true as const } : {}),
    },
  ];
}

const wasReleased = ({ released, releasedBefore }: Muster): boolean => released || releasedBefore === true;

/**
 * Whether its signature counted towards the least. A member may withdraw until the release of a round. Then it has counted in an
 * earlier one at most, if that was released.
 */
const hasSigned = ({ releasedBefore }: Muster, { attempts, withdrawn, withdrawnIn = 0 }: Member): boolean =>
  attempts.some(
    ({ signature, round }) =>
      signature !== null && (!withdrawn || (releasedBefore === true && round < withdrawnIn)),
  );

const landedFields = (lamports: bigint, { tokens, slot }: LandedBuy, decimals: number | undefined) => ({
  tokens: String(tokens),
  slot: String(slot),
  ...(tokens > 0n && decimals !== undefined ? { price: priceOf(lamports, tokens, decimals) } : {}),
});

function callOf(record: CallRecord, muster: Muster, legs: readonly ReceiptLeg[]): ReceiptCall {
  const { call, announcement, sales, salesLeftOff } = record;
  const { members } = muster;
  const signers = members.filter((member) => hasSigned(muster, member));
  const landed = new Set(legs.filter((leg) => hasLanded(leg.status)).map(({ address }) => address));
  const sumOf = (some: readonly Member[]) => ({
    wallets: some.length,
    lamports: String(sum(some.map(({ lamports }) => lamports))),
  });
  const funders = fundersOf(record);
  return {
    terms: call.terms,
    termsHash: call.termsHash,
    ...(announcement === null ? {} : { announcement: announcement.signature }),
    pledged: sumOf(members),
    signed: sumOf(signers),
    dropped: signers.filter(({ wallet }) => !landed.has(wallet)).length,
    released: wasReleased(muster),
    leastLanded: hasLeastLanded(legs, call.terms),
    ...(funders === null ? {} : { funders }),
    sales: sales.map(({ slot, tokens, ...sale }) => ({
      ...sale,
      slot: String(slot),
      tokens: String(tokens),
    })),
    ...(salesLeftOff ? { salesLeftOff } : {}),
    salesUnread: unreadWallets(record),
  };
}

function totalsOf(legs: readonly ReceiptLeg[], decimals: number | undefined): Receipt["totals"] {
  const landed = legs.filter(({ status }) => hasLanded(status));
  const lamports = sum(landed.map((leg) => BigInt(leg.lamports)));
  const tokens = sum(landed.map((leg) => BigInt(leg.tokens ?? 0)));
  return {
    legs: legs.length,
    landed: landed.length,
    lamports: String(lamports),
    tokens: String(tokens),
    ...(tokens > 0n && decimals !== undefined ? { price: priceOf(lamports, tokens, decimals) } : {}),
  };
}

function costsOf(results: readonly LandedBuy[], legs: readonly ReceiptLeg[]): Receipt["costs"] {
  const network = LAMPORTS_PER_SIGNATURE * BigInt(results.length);
  const fees = sum(results.map(({ fee }) => fee));
  const spent = sum(results.map(({ lamports }) => lamports));
  const bought = sum(
    results.map(({ wallet }) => BigInt(legs.find(({ address }) => address === wallet)?.lamports ?? 0)),
  );
  const rent = spent - fees - bought;
  return {
    networkLamports: String(network),
    priorityLamports: String(fees - network),
    rentLamports: String(rent > 0n ? rent : 0n),
  };
}

/** Returns null if the call's muster has not begun. */
export function createCallReceipt(
  record: CallRecord,
  { decimals, genesisHash }: Omit<KnownBeside, "retriedBy"> = {},
): Receipt | null {
  const { call, muster, createdAt, ended } = record;
  if (muster === null) return null;
  const results = record.results.filter(hasBought);
  const { callId, mint, platform } = call.terms;
  const legs = muster.members.flatMap((_, at) => memberLeg(record, muster, at, decimals));
  const landed = legs.filter((leg) => hasLanded(leg.status)).length;
  const isFinal = legs.every((leg) => leg.status === "finalized" || leg.status === "failed");
  return {
    receipt: 1,
    operationId: callId,
    ...(genesisHash !== undefined ? { genesisHash } : {}),
    status: OPERATION_STATUS[record.status],
    settled: ended !== null && isFinal,
    partial: ended !== null && landed > 0 && landed < legs.length,
    asked: {
      token: mint,
      lamports: String(sum(muster.members.map(({ lamports }) => lamports))),
      mode: "prefunded",
      platform,
      at: createdAt.toISOString(),
    },
    split: splitOf(muster),
    call: callOf(record, muster, legs),
    ...(decimals !== undefined ? { decimals } : {}),
    legs,
    totals: totalsOf(legs, decimals),
    costs: costsOf(results, legs),
    ...(ended ? { finishedAt: ended.at.toISOString() } : {}),
    verify: VERIFY,
  };
}
