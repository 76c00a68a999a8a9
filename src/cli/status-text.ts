/** Formats an operation's status as text: a headline and one line per wallet. */
import { address } from "@solana/kit";
import { formatSol } from "../base/sol.ts";
import { labelWords } from "../base/token-label.ts";
import { visible } from "../base/visible.ts";
import { formatTokens } from "../contract/amount.ts";
import type { CTOJobStatus } from "../contract/types.ts";
import { isUnderWay } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { readStatus } from "../services/operations.ts";
import { decimalsOf } from "../services/token-decimals.ts";
import { failureLines, remedyLines } from "./failures.ts";
import { describeRecovery } from "./recovery-text.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

export type KnownStatus = Exclude<CTOJobStatus, { status: "not_found" }>;

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export async function readKnownStatus(context: CTOContext, jobId: string): Promise<KnownStatus> {
  const status = await readStatus(context, jobId);
  if (status.status === "not_found") throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  return status;
}

/** Returns the decimals of the operation's token, if any tokens were received. */
export const statusDecimals = async (
  context: CTOContext,
  { data, result }: KnownStatus,
): Promise<number | undefined> =>
  result.legs.some(({ tokensReceived }) => tokensReceived !== undefined)
    ? decimalsOf(context, address(data.tokenAddress))
    : undefined;

/** A sweep returns SOL, so it names wrapped SOL, which no operation may buy. */
export const isSweep = ({ data }: Pick<KnownStatus, "data">): boolean =>
  data.tokenAddress === "So11111111111111111111111111111111111111112";

/** Returns whether every leg landed. A partial success must stop a script that depends on the operation. */
export const isFullSuccess = ({ status, result }: KnownStatus): boolean =>
  status === "completed" && !result.partial;

/** @param decimals the token's decimals; undefined if they are unavailable: amounts are then base units */
export function describeStatus(status: KnownStatus, decimals: number | undefined, colours: Colours): string {
  const { jobId, progress, data, result, failure } = status;
  const state = result.needsReview ? "needs review" : status.status;
  const venue = result.venue === undefined ? "" : ` on ${result.venue}`;
  const lines = [
    // Of an operation that has ended, a percentage would read as what was bought.
    `${colours.bold(jobId)}  ${state}${isUnderWay(status) ? `, ${progress} % of its work done` : ""}`,
    isSweep(status)
      ? `a sweep: ${data.buyAmount} SOL at most back to the funding wallet`
      : `${data.mode}, ${data.buyAmount} SOL for ${data.tokenAddress}${venue}; ${result.landed} of ${result.legs.length} legs landed`,
  ];
  if (status.tokenLabel) lines.push(`The token calls itself ${labelWords(status.tokenLabel)}`);
  if (status.retryOf !== undefined) lines.push(`Buys again what did not land of ${status.retryOf}`);
  lines.push(...anchorLines(status, decimals));
  if (status.retriedBy !== undefined) lines.push(`Retried by ${status.retriedBy}`);
  if (status.halted)
    lines.push(colours.red(`Halted: nothing new is signed. ${visible(status.halted.reason)}`));
  if (failure !== undefined) lines.push(...failureLines(failure, colours));
  for (const { failure: incident } of result.incidents ?? [])
    lines.push(
      colours.red(`INCIDENT: ${visible(incident.message)} (${visible(incident.code)})`),
      ...remedyLines(incident.code, colours),
    );
  for (const { address, reason } of result.leftOut ?? [])
    lines.push(`Left out: ${address}, for ${visible(reason)}`);
  if (result.legs.length > 0) lines.push(legTable(status, decimals, colours));
  lines.push(...legFailures(status, colours));
  if (result.recovery)
    lines.push(describeRecovery(result.recovery, colours, isSweep(status) ? "Sweep" : "Recovery"));
  return lines.join("\n");
}

/** Explains each code of the table once, with the first leg's message, unless it is the operation's own failure. */
function legFailures({ result: { legs }, failure: own }: KnownStatus, colours: Colours): string[] {
  const explained = new Set(own === undefined ? [] : [own.code]);
  return legs.flatMap(({ leg, failure }) => {
    if (failure === undefined || explained.has(failure.code)) return [];
    explained.add(failure.code);
    const [first = "", ...rest] = failureLines(failure, colours);
    return [`Leg ${leg}: ${first}`, ...rest];
  });
}

/** Compares a retry's anchor, which comes from the prices of its own time, with the anchor that the same legs had before. */
function anchorLines({ result: { legs } }: KnownStatus, decimals: number | undefined): string[] {
  let [now, before] = [0n, 0n];
  for (const { leastTokens, previousLeastTokens } of legs) {
    if (leastTokens === undefined || previousLeastTokens === undefined) continue;
    now += BigInt(leastTokens);
    before += BigInt(previousLeastTokens);
  }
  if (before === 0n) return [];
  const words = (tokens: bigint): string => formatTokens(String(tokens), decimals);
  const unit = decimals === undefined ? "token base units" : "tokens";
  return [`Accepts at least ${words(now)} ${unit}; before, the same legs accepted at least ${words(before)}`];
}

function legTable({ result }: KnownStatus, decimals: number | undefined, colours: Colours): string {
  const columns = [
    { title: "leg", right: true },
    { title: "wallet" },
    { title: "SOL", right: true },
    { title: "status" },
    { title: decimals === undefined ? "token base units" : "tokens", right: true },
    { title: "slot", right: true },
    { title: "signature" },
  ];
  const rows = result.legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    formatSol(BigInt(leg.lamports)),
    leg.failure === undefined ? leg.status : `${leg.status}: ${leg.failure.code}`,
    leg.tokensReceived === undefined ? "" : formatTokens(leg.tokensReceived, decimals),
    leg.slot ?? "",
    short(leg.signature ?? "", 12),
  ]);
  return table(columns, rows, colours);
}
