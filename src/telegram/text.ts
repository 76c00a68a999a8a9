/**
 * Builds the bot's messages, in HTML. All text that a stranger may have written (names, reasons, addresses) goes
 * through `quoted`, which removes markup, links and invisible characters.
 */
import { type CTOEstimate, type CTOJobStatus, formatSol, formatTokens } from "../index.ts";

const QUOTED_CHARACTERS = 300;
/** Telegram accepts 4096 characters. Entities count as fewer characters, so this limit is safe. */
const MESSAGE_CHARACTERS = 3_500;

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Formats a text as code, so that Telegram makes no links, mentions or commands of it. */
export function quoted(text: string): string {
  const plain = text.replace(INVISIBLE, " ");
  const characters = [...plain];
  const short =
    characters.length > QUOTED_CHARACTERS ? `${characters.slice(0, QUOTED_CHARACTERS).join("")}…` : plain;
  return `<code>${short.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "")}</code>`;
}

/** Returns as many whole lines as fit into one message. */
export function message(lines: readonly (string | undefined)[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (line === undefined) continue;
    length += line.length + 1;
    if (length > MESSAGE_CHARACTERS) return [...kept, "…"].join("\n");
    kept.push(line);
  }
  return kept.join("\n");
}

const sol = (lamports: string): string => `${formatSol(BigInt(lamports))} SOL`;

type Found = Exclude<CTOJobStatus, { status: "not_found" }>;

const WORDS = {
  waiting: "waiting",
  active: "under way",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
} as const;

/** The label appears beside the address and never replaces it, because anyone may give a token any name. */
const labelLine = (label: Found["tokenLabel"]): string | undefined =>
  label === undefined
    ? undefined
    : `It calls itself ${quoted([label.symbol, label.name].filter(Boolean).join(" · "))} (unverified)`;

/** Returns the text of an operation's one message, for its current status. */
export function operationText({ jobId, status, progress, data, result, ...rest }: Found): string {
  const failures = result.legs.flatMap(({ leg, failure }) =>
    failure ? [`Wallet ${leg}: ${quoted(failure.message)}`] : [],
  );
  return message([
    `<b>${result.needsReview ? "needs a review" : WORDS[status]}</b>, ${progress} %`,
    `Operation ${quoted(jobId)}`,
    `Token ${quoted(data.tokenAddress)}`,
    labelLine(rest.tokenLabel),
    `${data.buyAmount} SOL, ${data.mode}${result.venue ? `, on ${result.venue}` : ""}`,
    result.legs.length > 0 ? `${result.landed} of ${result.legs.length} wallets bought` : undefined,
    result.spentLamports === "0" ? undefined : `Spent ${sol(result.spentLamports)}`,
    rest.halted ? `Signing is stopped: ${quoted(rest.halted.reason)}` : undefined,
    rest.failedReason === undefined ? undefined : `Reason: ${quoted(rest.failedReason)}`,
    ...(result.incidents ?? []).map(({ leg }) => `Wallet ${leg} received less than was signed for`),
    rest.receiptUrl === undefined ? undefined : `Receipt: ${escapedLink(rest.receiptUrl)}`,
    ...failures,
  ]);
}

/** The link of the receipt comes from this system, so we may show it as a link. */
const escapedLink = (url: string): string => {
  const escaped = url.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
  return `<a href="${escaped}">${escaped}</a>`;
};

/** Describes in words where a token trades. */
export const placeOf = (platform: CTOEstimate["detected"]): string =>
  platform === "unknown" ? "no venue known by name" : platform;

const percent = (bps: number): string => `${bps / 100} %`;

const apart = (bps: number, from: string): string =>
  bps === 0 ? `the same as ${from}` : `${percent(Math.abs(bps))} ${bps > 0 ? "above" : "below"} ${from}`;

/** Says what the price was compared with. */
const REFERENCES = {
  ownMarket: () => "the token's own market, which no stranger can open",
  aggregator: (bps: number) => apart(bps, "the aggregator's quote"),
  maxPrice: (bps: number) => apart(bps, "your cap"),
  singleSource: () => "the aggregator's quote; there was nothing to compare it with",
} as const;

const tradesLine = ({ detected, platform }: Pick<CTOEstimate, "detected" | "platform">): string =>
  `Trades on ${placeOf(detected)}; bought through ${platform}`;

const priceLine = ({ reference, deviationBps = 0 }: CTOEstimate["price"]): string =>
  `Price: ${REFERENCES[reference](deviationBps)}`;

/** What is known of a token before an amount is. `market` is a problem if nothing can be bought now. */
export type TokenLook = {
  readonly platform: CTOEstimate["detected"];
  readonly market:
    | Pick<CTOEstimate, "detected" | "platform" | "averagePrice" | "price" | "tokenLabel">
    | { readonly problem: string };
};

/** Returns what the user sees of a token before mode and amount. */
export function tokenText(token: string, { platform, market }: TokenLook): string {
  const named = `Token ${quoted(token)}`;
  if ("problem" in market)
    return message([named, `Trades on ${placeOf(platform)}`, `No price now: ${quoted(market.problem)}`]);
  return message([
    named,
    labelLine(market.tokenLabel),
    tradesLine(market),
    `About ${market.averagePrice} SOL each, for a small amount`,
    priceLine(market.price),
  ]);
}

/** Returns the text that the user must confirm before anything is bought. */
export function offerText(token: string, mode: string, estimate: CTOEstimate): string {
  const { legs, totalLamports, totalTokens, decimals, averagePrice, price, fees, shortOfFunds } = estimate;
  const { network, priority, rent } = fees;
  const onTop = BigInt(network) + BigInt(priority) + BigInt(rent);
  return message([
    "<b>Buy this?</b>",
    `Token ${quoted(token)}`,
    labelLine(estimate.tokenLabel),
    tradesLine(estimate),
    `${sol(totalLamports)} over ${legs.length} wallets, ${mode}`,
    `For about ${formatTokens(totalTokens, decimals)} tokens, ${averagePrice} SOL each`,
    priceLine(price),
    `Price impact ${percent(estimate.priceImpactBps)}`,
    price.transferFeeBps > 0
      ? `The token takes ${percent(price.transferFeeBps)} of each transfer`
      : undefined,
    price.shownAs === undefined
      ? undefined
      : `Wallets show other amounts of it than these: ${price.shownAs === "scaled" ? "its issuer scales them" : "with interest"}`,
    `Fees and rents on top: ${sol(String(onTop))}`,
    ...legs
      .filter(({ aboveMaxPrice }) => aboveMaxPrice)
      .map(({ address }) => `${quoted(address)} would buy nothing: its price is above the highest`),
    ...shortOfFunds.map(
      ({ address, has, needs }) => `${quoted(address)} has ${sol(has)} and needs ${sol(needs)}`,
    ),
  ]);
}

export const HELP = message([
  "/cto: buy a token with your wallets",
  "/status: your latest operations; with an id: that one",
  "/cancel: end the questions, or cancel the running operation; with an id: cancel that one",
  "/retry with an id: buy again for the wallets that provably did not buy",
  "/wallets: your wallets and their balances",
  "/limits: how much may be spent",
  "/help: this list",
]);
