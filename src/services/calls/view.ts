/**
 * Shows a call to anyone: its terms and their hash, what is pledged, the muster, and the receipt once it is over. It
 * names wallets and amounts, and no person.
 */
import type { CallRecord, CallStatus } from "../../calls/call-record.ts";
import { type Funders, funderOf, fundersOf, UNKNOWN_FUNDER } from "../../calls/funders.ts";
import { type CountedPledge, countedPledges, signersIn } from "../../calls/pledges.ts";
import type { MintPower, Terms } from "../../calls/terms.ts";
import { unreadWallets } from "../../calls/watched.ts";
import { formatCallMemo } from "../../engine/calls/call-memo.ts";
import {
  attemptOf,
  isEnough,
  type Member,
  type Muster,
  type Phase,
  releaseClosesAt,
  shownSignature,
  signersOf,
  signingClosesAt,
  type Way,
} from "../../engine/calls/muster.ts";
import { hasBought } from "../../engine/calls/results.ts";
import type { Address } from "../../engine/ports.ts";
import { formatMemo } from "../../engine/transaction/memo-text.ts";
import { type CallContext, callersOf, requireCall, storeOf } from "./context.ts";

export { type Funders, funderOf, fundersOf, UNKNOWN_FUNDER };

export type MemberView = {
  readonly leg: number;
  readonly wallet: string;
  readonly lamports: string;
  readonly way: Way;
  /** One of the caller's own wallets. */
  readonly caller: boolean;
  readonly withdrawn: boolean;
  /** Of what landed, or of the present round's attempt; after the end, of the last one. Null: there is none. */
  readonly phase: Phase | null;
  readonly memo: string;
  /** Once it was sent, or cannot land any more: whoever has it earlier could send the transaction. */
  readonly signature?: string;
  /** It landed in another transaction than the one that came back to us: its member sent it. */
  readonly sentByMember?: true;
  readonly slot?: string;
  readonly tokens?: string;
  readonly spent?: string;
  /** Who paid for the first transaction that brought it lamports, or `unknown`. Absent before the look. */
  readonly funder?: string;
};

type Sum = { readonly wallets: number; readonly lamports: string };

export type CallView = {
  readonly call: 1;
  readonly callId: string;
  readonly status: CallStatus;
  readonly terms: Terms;
  readonly termsHash: string;
  /** The memo that publishes the hash, and the transaction that has it. */
  readonly memo: string;
  readonly announcement: { readonly signature: string; readonly slot: string } | null;
  /** What the mint's issuer can do to its holders, as it was last seen. */
  readonly powers: readonly MintPower[];
  readonly pledges: readonly {
    readonly wallet: string;
    readonly lamports: string;
    readonly way: Way;
    readonly at: string;
    readonly expiresAt: string;
    /** Whether the wallet held enough when a worker last looked; null: it has not looked since the pledge. */
    readonly covered: boolean | null;
  }[];
  /** `fits`: what a muster would take now of the covered pledges of wallets that sign. It counts towards the least. */
  readonly pledged: Sum & { readonly covered: Sum; readonly fits: Sum };
  readonly muster: {
    readonly endsAt: string;
    readonly round: number;
    readonly released: boolean;
    readonly enough: boolean;
    readonly signed: { readonly wallets: number; readonly lamports: string };
    /** Block heights of the present round; null before the first. */
    readonly heights: {
      readonly signUntil: string;
      readonly sendUntil: string;
      readonly dead: string;
    } | null;
    readonly members: readonly MemberView[];
  } | null;
  /** Distinct funders of the members' wallets, and the members whose funder is unknown. Null before the look. */
  readonly funders: Funders | null;
  /** Transactions since the announcement in which the token left the caller's wallets. */
  readonly sales: readonly {
    readonly wallet: string;
    readonly signature: string;
    readonly slot: string;
    readonly tokens: string;
  }[];
  /** More were found than are listed; in none of them more tokens left. */
  readonly salesLeftOff?: true;
  /** The caller's wallets whose history since the announcement was not read to its end: there may be more sales. */
  readonly salesUnread: readonly string[];
  readonly totals: { readonly landed: number; readonly lamports: string; readonly tokens: string };
  readonly waits: string | null;
  readonly ended: { readonly at: string; readonly why: string } | null;
};

const sum = (amounts: readonly bigint[]): string => String(amounts.reduce((all, one) => all + one, 0n));

function memberView(record: CallRecord, muster: Muster, member: Member, leg: number): MemberView {
  const { callId, caller } = record.call.terms;
  const { wallet, lamports, way, withdrawn, attempts } = member;
  const landed = attempts.findLast((attempt) => attempt.landed !== undefined);
  // An attempt of an earlier round says nothing about a member that may still sign in this one.
  const last = landed ?? (record.ended === null ? attemptOf(muster, member) : attempts.at(-1));
  const result = record.results.find((one) => one.wallet === wallet);
  const signature = landed?.landed ?? (last && shownSignature(last)) ?? undefined;
  const funder = funderOf(record, wallet);
  const isOwn = landed !== undefined && landed.landed !== landed.signature;
  return {
    leg,
    wallet,
    lamports: String(lamports),
    way,
    caller: caller.wallets.some(({ address }) => address === wallet),
    withdrawn,
    phase: last?.phase ?? null,
    memo: formatMemo({ operationId: callId, kind: "buy", leg, legs: muster.members.length }),
    ...(signature === undefined ? {} : { signature }),
    ...(funder === undefined ? {} : { funder }),
    ...(isOwn ? { sentByMember: true as const } : {}),
    ...(result
      ? { slot: String(result.slot), tokens: String(result.tokens), spent: String(result.lamports) }
      : {}),
  };
}

function musterView(record: CallRecord, muster: Muster): NonNullable<CallView["muster"]> {
  const { goal, round, released, lifetime, members } = muster;
  const signed = signersOf(muster);
  return {
    endsAt: goal.endsAt.toISOString(),
    round,
    released,
    enough: isEnough(muster),
    signed: { wallets: signed.length, lamports: sum(signed.map(({ lamports }) => lamports)) },
    heights:
      lifetime === null
        ? null
        : {
            signUntil: String(signingClosesAt(lifetime)),
            sendUntil: String(releaseClosesAt(lifetime)),
            dead: String(lifetime.lastValidBlockHeight + 1n),
          },
    members: members.map((member, at) => memberView(record, muster, member, at + 1)),
  };
}

const isCovered = ({ cover }: CallRecord, wallet: Address): boolean | null => {
  if (cover?.covered.includes(wallet) === true) return true;
  return cover?.uncovered.includes(wallet) === true ? false : null;
};

const pledgeView = (record: CallRecord, { wallet, lamports, way, at, expiresAt }: CountedPledge) => ({
  wallet,
  lamports: String(lamports),
  way,
  at: at.toISOString(),
  expiresAt: expiresAt.toISOString(),
  covered: isCovered(record, wallet),
});

const totalOf = (pledges: readonly { readonly lamports: bigint }[]): Sum => ({
  wallets: pledges.length,
  lamports: sum(pledges.map(({ lamports }) => lamports)),
});

/** What is released is sent, whatever is learnt about the journal meanwhile. */
const whyWaits = ({ held, waits, muster, ended }: CallRecord): string | null =>
  held === null || ended !== null || muster?.released === true ? waits : held.why;

/** Pure. @param pledges that count now, or that counted when the call ended */
export function callView(record: CallRecord, pledges: readonly CountedPledge[]): CallView {
  const { call, status, announcement, powers, muster, results, sales, salesLeftOff, ended } = record;
  const { terms, termsHash } = call;
  const covered = pledges.filter(({ wallet }) => isCovered(record, wallet) === true);
  // A member may sign its memo in a transaction that buys nothing.
  const landed = results
    .filter(hasBought)
    .map(({ wallet }) => muster?.members.find((one) => one.wallet === wallet)?.lamports ?? 0n);
  return {
    call: 1,
    callId: terms.callId,
    status,
    terms,
    termsHash,
    memo: formatCallMemo({ callId: terms.callId, termsHash }),
    announcement: announcement && { signature: announcement.signature, slot: String(announcement.slot) },
    powers,
    pledges: pledges.map((pledge) => pledgeView(record, pledge)),
    pledged: {
      ...totalOf(pledges),
      covered: totalOf(covered),
      fits: totalOf(signersIn(call, covered, call.closesAt)),
    },
    muster: muster && musterView(record, muster),
    funders: fundersOf(record),
    sales: sales.map(({ wallet, signature, slot, tokens }) => ({
      wallet,
      signature,
      slot: String(slot),
      tokens: String(tokens),
    })),
    ...(salesLeftOff ? { salesLeftOff } : {}),
    salesUnread: unreadWallets(record),
    totals: {
      landed: landed.length,
      lamports: sum(landed),
      tokens: sum(results.map(({ tokens }) => tokens)),
    },
    waits: whyWaits(record),
    ended: ended && { at: ended.at.toISOString(), why: ended.why },
  };
}

/** @throws `CTO_E_CALLS_OFF`, `CTO_E_CALL_UNKNOWN` */
export async function readCall(context: CallContext, callId: string): Promise<CallView> {
  const record = await requireCall(context, callId);
  const arrivals = await storeOf(context).listArrivals(callId);
  return callView(record, countedPledges(arrivals, record.ended?.at ?? new Date()));
}

/** Returns all calls; none where calls are off. */
export const listCallsIfOn = async (context: CallContext): Promise<CallRecord[]> =>
  context.config.CTO_CALLERS === undefined ? [] : storeOf(context).listCalls();

/** Returns all calls, the newest first. @throws `CTO_E_CALLS_OFF` */
export async function listCalls(context: CallContext): Promise<CallRecord[]> {
  callersOf(context);
  const all = await storeOf(context).listCalls();
  return all.sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}
