/**
 * Formats a recovery or its preview as text: one line per wallet, with the remaining amount and the reason, and the
 * sum.
 */
import { formatSol } from "../base/sol.ts";
import type { CTORecovery, CTORecoveryPreview } from "../contract/types.ts";
import { failureLines } from "./failures.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

const COLUMNS = [
  { title: "leg", right: true },
  { title: "wallet" },
  { title: "returned, SOL", right: true },
  { title: "left, SOL", right: true },
  { title: "status" },
  { title: "signature" },
  { title: "why" },
];

const STATES: Readonly<Record<CTORecovery["state"], string>> = {
  requested: "a worker has it, or will",
  needs_review: "needs review",
  done: "done",
};

export function describeRecovery(
  { state, returnedLamports, legs, failure }: CTORecovery,
  colours: Colours,
  what: "Recovery" | "Sweep" = "Recovery",
): string {
  const rows = legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    formatSol(BigInt(leg.returnedLamports)),
    formatSol(BigInt(leg.leftLamports)),
    leg.status,
    short(leg.signature ?? "", 12),
    leg.why ?? "",
  ]);
  const head = `${what} ${STATES[state]}: ${formatSol(BigInt(returnedLamports))} SOL returned`;
  return [
    head,
    ...(failure ? failureLines(failure, colours) : []),
    ...(legs.length > 0 ? [table(COLUMNS, rows, colours)] : []),
  ].join("\n");
}

const PREVIEW_COLUMNS = [
  { title: "leg", right: true },
  { title: "wallet" },
  { title: "would return, SOL", right: true },
  { title: "of, SOL", right: true },
  { title: "empty accounts", right: true },
  { title: "why" },
];

export function describeRecoveryPreview(
  { fundingAddress, returnLamports, feeLamports, legs }: CTORecoveryPreview,
  colours: Colours,
): string {
  const rows = legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    formatSol(BigInt(leg.returnLamports)),
    formatSol(BigInt(leg.owedLamports)),
    String(leg.emptyAccounts),
    leg.why ?? "",
  ]);
  const where = fundingAddress === null ? "go back to the wallets that paid" : `go to ${fundingAddress}`;
  const sum = `${formatSol(BigInt(returnLamports))} SOL would ${where}; fees of about ${formatSol(BigInt(feeLamports))} SOL`;
  if (legs.length === 0) return "A return was begun for every leg: `cto status` shows what came of it";
  return [table(PREVIEW_COLUMNS, rows, colours), sum].join("\n");
}
