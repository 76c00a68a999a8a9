/** Formats an estimate as text: one line per wallet, the price, the fees, and what leaves the paying wallets. */

import { clusterNameOf } from "../base/cluster-name.ts";
import { formatSol } from "../base/sol.ts";
import { labelWords } from "../base/token-label.ts";
import { formatTokens, grouped } from "../contract/amount.ts";
import type { CTOEstimate } from "../contract/types.ts";
import { priceLine } from "../receipts/price-words.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

/** The price impact from which we warn, bps; the dashboard has the same. */
const NOTABLE_IMPACT_BPS = 500;

const sol = (lamports: string): string => `${formatSol(BigInt(lamports))} SOL`;

/** A large operation at a small plan takes long. A person has to know that before it starts. */
const buildingLine = ({ building, legs }: CTOEstimate): string[] => {
  if (building === null || building.mostSeconds === 0) return [];
  const { requestsPerSecond, leastSeconds, mostSeconds, blockhashSeconds } = building;
  const spread =
    mostSeconds > blockhashSeconds
      ? `; longer than a blockhash lives (${blockhashSeconds} s), so the legs go out one after the other, each with its own`
      : "";
  return [
    `Time: a worker may send Jupiter ${requestsPerSecond} requests/s, so ${legs.length} legs need ${leastSeconds} to ${mostSeconds} s${spread}`,
  ];
};

/** The amounts agree with those of a shortage: a wallet must also hold what stays in it. */
const totalLine = ({ funds: { leaves, stays } }: CTOEstimate, mode: string): string => {
  const who = mode === "standard" ? "the funding wallet" : "the buyer wallets together";
  const holds = sol(String(BigInt(leaves) + BigInt(stays)));
  return `Total: ${sol(leaves)} leaves ${who} at the fees and rents of now; ${sol(stays)} must stay, so ${holds} is enough now. An attempt that fails on chain costs its fee beside that`;
};

const impactLine = ({ priceImpactBps }: CTOEstimate, colours: Colours): string[] =>
  priceImpactBps < NOTABLE_IMPACT_BPS
    ? []
    : [
        colours.yellow(
          `HIGH PRICE IMPACT: the operation itself makes the token ${priceImpactBps / 100} % dearer. A smaller amount moves the price less`,
        ),
      ];

export type Beside = {
  readonly mode: string;
  /** Null if no endpoint names it. */
  readonly genesisHash: string | null;
};

export function describeEstimate(
  found: CTOEstimate,
  { mode, genesisHash }: Beside,
  colours: Colours,
): string {
  const { fees, transactions } = found;
  const columns = [
    { title: "leg", right: true },
    { title: "wallet" },
    { title: "SOL", right: true },
    { title: "tokens", right: true },
    { title: "at least", right: true },
  ];
  const rows = found.legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    formatSol(BigInt(leg.lamports)),
    formatTokens(leg.tokensOut, found.decimals),
    formatTokens(leg.minTokensOut, found.decimals),
  ]);
  return [
    `Cluster: ${genesisHash === null ? "not known, because no endpoint answers" : clusterNameOf(genesisHash)}`,
    `${found.platform} (the token trades at: ${found.detected}), ${found.fundingMode}`,
    ...(found.tokenLabel ? [`The token calls itself ${labelWords(found.tokenLabel)}`] : []),
    table(columns, rows, colours),
    `Tokens: ${formatTokens(found.totalTokens, found.decimals)} for ${sol(found.totalLamports)}; ${found.averagePrice} SOL per token; impact ${found.priceImpactBps} bps`,
    ...impactLine(found, colours),
    `Price: ${priceLine(found.price)}`,
    `Fees: venue ${fees.venue === null ? "not told" : sol(fees.venue)}, network ${sol(fees.network)}, priority ${sol(fees.priority)}, rent ${sol(fees.rent)} at ${grouped(found.lamportsPerByte)} lamports per byte`,
    totalLine(found, mode),
    `Transactions: ${transactions.count}, of at most ${Math.max(...transactions.bytes)} bytes`,
    ...buildingLine(found),
    ...found.legs
      .filter(({ aboveMaxPrice }) => aboveMaxPrice)
      .map(({ leg, address }) => `Above --max-price: leg ${leg}, ${address}, would buy nothing`),
    ...found.leftOut.map(({ address, reason }) => `Left out: ${address}, for ${reason}`),
    ...found.shortOfFunds.map(
      ({ address, has, needs }) => `Short of funds: ${address} holds ${sol(has)} and needs ${sol(needs)}`,
    ),
  ].join("\n");
}
