/** Presents a call to a client of Solana Actions: what it is, and the one thing that a member can do now. */
import { underPublicUrl } from "../base/public-url.ts";
import { formatSol, LAMPORTS_PER_SOL } from "../base/sol.ts";
import type { CallRecord } from "../services/calls/actions.ts";
import type { Action, CompletedAction } from "./schemas/actions.ts";

export const ICON_PATH = "/actions/icon.svg";
export const actionPath = (callId: string, what = ""): string =>
  `/v1/calls/${callId}/action${what === "" ? "" : `/${what}`}`;

const solOf = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

/** For the client's own check of a form; the amount itself stays an integer. */
const numberOf = (lamports: bigint): number => Number(lamports) / Number(LAMPORTS_PER_SOL);

/** @param base the server's public address */
export function presentAction({ call, status, ended }: CallRecord, base: string): Action {
  const { callId } = call.terms;
  const common = { type: "action" as const, ...shown(call, base) };
  if (status === "open") {
    const parameter = {
      type: "number" as const,
      name: "sol",
      label: `${formatSol(call.walletLeast)} to ${solOf(call.walletMost)}`,
      required: true,
      min: numberOf(call.walletLeast),
      max: numberOf(call.walletMost),
    };
    const href = `${actionPath(callId, "pledge")}?sol={sol}`;
    const actions = [{ type: "message" as const, href, label: "Pledge SOL", parameters: [parameter] }];
    return { ...common, label: "Pledge SOL", links: { actions } };
  }
  if (status === "mustering") {
    const actions = [
      { type: "message" as const, href: actionPath(callId, "ask"), label: "Ask for my transaction" },
    ];
    return { ...common, label: "Ask for my transaction", links: { actions } };
  }
  if (status === "announced")
    return {
      ...common,
      label: "Not open yet",
      disabled: true,
      error: { message: `It opens at ${call.terms.opensAt}.` },
    };
  const why = ended === null ? "" : `: ${ended.why}`;
  return { ...common, label: "Call ended", disabled: true, error: { message: `The call has ended${why}.` } };
}

/** @param ticket that the wallet itself has asked. A link of an Action has nowhere else to carry it but its URL */
export function presentAsked({ call }: CallRecord, base: string, ticket: string): Action {
  const href = `${actionPath(call.terms.callId, "buy")}?ticket=${ticket}`;
  return {
    type: "action",
    ...shown(call, base),
    label: "Buy as pledged",
    links: { actions: [{ type: "transaction", href, label: "Buy as pledged" }] },
  };
}

export const presentPledged = ({ call }: CallRecord, base: string): CompletedAction => ({
  type: "completed",
  ...shown(call, base),
  label: "Pledged",
  description:
    "Your pledge counts. It can spend nothing. Open this link again when the muster has begun; the call's page says when.",
});

function shown({ terms, leastLamports, mostLamports }: CallRecord["call"], base: string) {
  const { callId, mint, maxPrice, leastWallets, closesAt } = terms;
  return {
    icon: underPublicUrl(base, ICON_PATH),
    title: `Open call ${callId}`,
    description: [
      `Members buy the token ${mint} together, each with an own wallet, whole or not at all:`,
      `at least ${leastWallets} wallets and ${solOf(leastLamports)}, at most ${solOf(mostLamports)}, until ${closesAt}.`,
      `A whole token costs at most ${maxPrice} SOL, fees included.`,
      "A pledge can spend nothing.",
      "A wallet that takes part through this link sends by itself: it does not count towards the least, and gets its transaction after the least was sent.",
      `Terms and receipt: ${underPublicUrl(base, `/c/${callId}`)}`,
    ].join(" "),
  };
}
