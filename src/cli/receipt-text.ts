/** Formats a receipt as text: a table of wallets, the totals, the costs, and the result of the verification. */

import { formatSol } from "../base/sol.ts";
import { labelWords } from "../base/token-label.ts";
import { visible } from "../base/visible.ts";
import { formatTokens, grouped } from "../contract/amount.ts";
import type { Receipt, ReceiptLeg, Verification } from "../receipts/index.ts";
import { priceLine } from "../receipts/price-words.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

const rowOf = (leg: ReceiptLeg, decimals: number | undefined): string[] => [
  String(leg.leg),
  short(leg.address),
  grouped(leg.lamports),
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

export function describeReceipt(receipt: Receipt, colours: Colours): string {
  const { asked, totals, costs, decimals, venue, price, incidents = [], recovered = [] } = receipt;
  const costLamports = [costs.networkLamports, costs.priorityLamports, costs.rentLamports].map(BigInt);
  const [network = 0n, priority = 0n, rent = 0n] = costLamports;
  const total = totals.tokens === undefined ? "?" : formatTokens(totals.tokens, decimals);
  return [
    `${colours.bold(`Receipt of ${receipt.operationId}`)}  ${receipt.status}${receipt.settled ? ", final" : ""}`,
    `${asked.mode}, ${formatSol(BigInt(asked.lamports))} SOL for ${asked.token}${venue ? ` on ${venue}` : ""}`,
    ...(asked.tokenLabel ? [`The token calls itself ${labelWords(asked.tokenLabel)}`] : []),
    ...(price === undefined ? [] : [`Price: ${priceLine(price)}`]),
    table(
      COLUMNS,
      receipt.legs.map((leg) => rowOf(leg, decimals)),
      colours,
    ),
    `${totals.landed} of ${totals.legs} legs landed: ${formatSol(BigInt(totals.lamports))} SOL for ${total} tokens`,
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

export function describeVerification(
  { ok, memosVerified, transactions, problems, mentions = [] }: Verification,
  colours: Colours,
): string {
  // An endpoint's own words may be in a problem. Each stays on its line.
  const listed = (some: readonly string[]): string[] => some.map((one) => `  - ${visible(one)}`);
  const beside = mentions.length > 0 ? ["Noticed, and no contradiction:", ...listed(mentions)] : [];
  if (!ok) return [colours.red("✘ The chain says otherwise:"), ...listed(problems), ...beside].join("\n");
  const said = `✔ The chain says the same: ${memosVerified} memos, each signed by its wallet, in ${transactions} transactions`;
  return [colours.green(said), ...beside].join("\n");
}
