/** Describes a call in lines for a terminal. */
import { formatSol } from "../base/sol.ts";
import type { CallView, MemberView } from "../services/calls/view.ts";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";

const sol = (lamports: string): string => `${formatSol(BigInt(lamports))} SOL`;

/** A member that has no attempt was not asked, or its page never was open. */
const stateOf = ({ phase, withdrawn }: MemberView, isOver: boolean): string =>
  withdrawn ? "withdrawn" : (phase ?? (isOver ? "took no part" : "not asked yet"));

/** Returns the lines of `cto call show`. */
export function callText(view: CallView, colours: Colours): string {
  const { callId, status, terms, termsHash, pledged, muster, totals, waits, ended } = view;
  const members = (muster?.members ?? []).map((member) => [
    String(member.leg),
    member.wallet,
    sol(member.lamports),
    stateOf(member, ended !== null),
    member.tokens ?? "",
  ]);
  const columns = ["", "wallet", "amount", "state", "tokens (base units)"].map((title) => ({ title }));
  return [
    `${colours.bold(callId)}: ${status}`,
    `terms    ${termsHash}`,
    `token    ${terms.mint}, at most ${terms.maxPrice} SOL each`,
    `least    ${sol(terms.leastLamports)} by ${terms.leastWallets} wallets, at most ${sol(terms.mostLamports)}`,
    `open     ${terms.opensAt} to ${terms.closesAt}`,
    `pledged  ${sol(pledged.lamports)} by ${pledged.wallets} wallets`,
    ...(muster ? [`signed   ${sol(muster.signed.lamports)} by ${muster.signed.wallets} wallets`] : []),
    ...(waits ? [`waits    ${waits}`] : []),
    ...(ended
      ? [`landed   ${sol(totals.lamports)} by ${totals.landed} wallets`, `ended    ${ended.why}`]
      : []),
    ...(members.length > 0 ? [table(columns, members, colours)] : []),
  ].join("\n");
}
