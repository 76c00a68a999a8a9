/** A recovery for people: one line per wallet, what is left where and why, and the sum. */

import { formatSol } from "../engine/sol.ts";
import { grouped } from "../jobs/amount.ts";
import type { CTORecovery } from "../jobs/types.ts";
import { short, table } from "./table.ts";
import type { Colours } from "./terminal.ts";

const COLUMNS = [
  { title: "leg", right: true },
  { title: "wallet" },
  { title: "returned", right: true },
  { title: "left", right: true },
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
): string {
  const rows = legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    grouped(leg.returnedLamports),
    grouped(leg.leftLamports),
    leg.status,
    short(leg.signature ?? "", 12),
    leg.why ?? "",
  ]);
  const head = `Recovery ${STATES[state]}: ${formatSol(BigInt(returnedLamports))} SOL returned`;
  return [
    head,
    ...(failure ? [colours.red(failure.message)] : []),
    ...(legs.length > 0 ? [table(COLUMNS, rows, colours)] : []),
  ].join("\n");
}
