/** Formats a receipt as text: a table of wallets, the totals, the costs, and the result of the verification. */

import { clusterNameOf } from "../base/cluster-name.ts";
import { formatSol } from "../base/sol.ts";
import { labelWords } from "../base/token-label.ts";
import { visible } from "../base/visible.ts";
import { formatTokens, grouped } from "../contract/amount.ts";
import { hasLanded, isOpen, isOver } from "../engine/ports.ts";
import type { Receipt, ReceiptCall, ReceiptLeg, Verification } from "../receipts/index.ts";
import { priceLine } from "../receipts/price-words.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

const rowOf = (leg: ReceiptLeg, decimals: number | undefined): string[] => [
  String(leg.leg),
  short(leg.address),
  // A leg that has not landed has spent nothing: its lamports are what was asked.
  hasLanded(leg.status) ? grouped(leg.lamports) : `asked ${grouped(leg.lamports)}`,
  leg.tokens === undefined ? "" : formatTokens(leg.tokens, decimals),
  leg.price ?? "",
  leg.slot ?? "",
  leg.failure === undefined ? leg.status : `${leg.status}: ${leg.failure.code}`,
  short(leg.signature ?? "", 16),
];

const COLUMNS = [
  { title: "leg", right: true },
  { title: "wallet" },
  { title: "lamports", right: true },
  { title: "tokens", right: true },
  { title: "SOL per token" },
  { title: "slot", right: true },
  { title: "status" },
  { title: "signature" },
];

/** The cluster's name is for people; the genesis hash names it exactly. */
const clusterLine = ({ genesisHash }: Receipt): string =>
  genesisHash === undefined
    ? "Cluster: not known, because no endpoint answers"
    : `Cluster: ${clusterNameOf(genesisHash)}, genesis hash ${visible(genesisHash)}`;

const retryLines = ({ retryOf, retriedBy }: Receipt): string[] => [
  ...(retryOf === undefined ? [] : [`Retries ${retryOf}: buys what that one did not`]),
  ...(retriedBy === undefined ? [] : [`Retried by ${retriedBy}: it was asked to buy what this one did not`]),
];

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Says what has landed in all. */
function totalLine({ status, purpose, legs, totals, decimals, recovered = [] }: Receipt): string {
  if (purpose === "sweep") {
    const back = recovered.filter((one) => hasLanded(one.status));
    const lamports = back.reduce((sum, one) => sum + BigInt(one.lamports), 0n);
    return `${counted(back.length, "wallet")} returned ${formatSol(lamports)} SOL to the funding wallet`;
  }
  const landed = `${totals.landed} of ${totals.legs} legs landed`;
  if (totals.landed === 0)
    return isOver({ status }) && !legs.some(isOpen)
      ? `${landed}: nothing was bought by this operation`
      : landed;
  const tokens = totals.tokens === undefined ? "?" : formatTokens(totals.tokens, decimals);
  return `${landed}: ${formatSol(BigInt(totals.lamports))} SOL for ${tokens} tokens`;
}

export function describeReceipt(receipt: Receipt, colours: Colours): string {
  const { asked, costs, decimals, venue, price, incidents = [], recovered = [] } = receipt;
  const costLamports = [costs.networkLamports, costs.priorityLamports, costs.rentLamports].map(BigInt);
  const [network = 0n, priority = 0n, rent = 0n] = costLamports;
  return [
    `${colours.bold(`Receipt of ${receipt.operationId}`)}  ${receipt.status}${receipt.settled ? ", final" : ""}`,
    receipt.purpose === "sweep"
      ? `a sweep: ${formatSol(BigInt(asked.lamports))} SOL at most back to the funding wallet`
      : `${asked.mode}, ${formatSol(BigInt(asked.lamports))} SOL for ${asked.token}${venue ? ` on ${venue}` : ""}`,
    clusterLine(receipt),
    ...retryLines(receipt),
    ...(asked.tokenLabel ? [`The token calls itself ${labelWords(asked.tokenLabel)}`] : []),
    ...(price === undefined ? [] : [`Price: ${priceLine(price)}`]),
    ...(receipt.purpose === "sweep"
      ? []
      : [
          table(
            COLUMNS,
            receipt.legs.map((leg) => rowOf(leg, decimals)),
            colours,
          ),
        ]),
    totalLine(receipt),
    ...incidents.map(({ leg, received, least, signature }) =>
      colours.red(
        `INCIDENT: leg ${leg} received ${formatTokens(received, decimals)} tokens, and signed for ${formatTokens(least, decimals)}: ${signature}`,
      ),
    ),
    ...recovered.map(
      ({ leg, address, lamports, status, signature }) =>
        `Returned from leg ${leg} ${short(address)}: ${formatSol(BigInt(lamports))} SOL, ${status}, ${short(signature, 16)}`,
    ),
    `Costs apart: network ${grouped(network)}, priority ${grouped(priority)}, rents ${grouped(rent)} lamports`,
  ].join("\n");
}

/** Both say no more than the rules 14 to 19 of docs/receipt-format.md have checked. */
const callLines = ({ termsHash, announcement = "", leastLanded }: ReceiptCall): string[] => [
  `✔ The terms have the hash ${visible(termsHash)}, which the caller's wallet has published for this call, and no other: ${short(announcement, 16)}`,
  `✔ By these terms: the amounts, the price cap and the caller's own wallets hold; the least has ${leastLanded ? "" : "not "}landed. The operator's word: signatures that never landed, the funders, and that there were no other sales`,
];

const agreement = ({ memosVerified, transactions, failedTransactions }: Verification): string => {
  if (transactions > 0)
    return `The chain says the same: ${counted(memosVerified, "memo")}, each signed by its wallet, in ${counted(transactions, "transaction")}`;
  const failed = failedTransactions === 0 ? "" : ` but ${failedTransactions} that failed on chain`;
  return `The chain does not contradict it: no transaction of this operation was found${failed}`;
};

/** @param receipt what was verified: the terms of a call get lines of their own */
export function describeVerification(
  verification: Verification,
  colours: Colours,
  { call }: Pick<Receipt, "call"> = {},
): string {
  const { ok, problems, mentions = [] } = verification;
  // An endpoint's own words may be in a problem. Each stays on its line.
  const listed = (some: readonly string[]): string[] => some.map((one) => `  - ${visible(one)}`);
  const beside = mentions.length > 0 ? ["Noticed, and no contradiction:", ...listed(mentions)] : [];
  if (!ok) return [colours.red("✘ The chain says otherwise:"), ...listed(problems), ...beside].join("\n");
  const said = [`✔ ${agreement(verification)}`, ...(call === undefined ? [] : callLines(call))];
  return [...said.map(colours.green), ...beside].join("\n");
}
