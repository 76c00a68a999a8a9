/**
 * Looks after a call from its announcement on, and for thirty days after its end: what the caller's wallets sold, and from the
 * muster on who funded its members' wallets, and what a wallet that sends alone has landed late. Nothing here can sign or send.
 */
import { forEachLimited } from "../base/parallel.ts";
import { examineExpired } from "../engine/calls/drive-muster.ts";
import { readLifetime } from "../engine/calls/height.ts";
import type { Muster } from "../engine/calls/muster.ts";
import { anyBought, readResults } from "../engine/calls/results.ts";
import type { Address, Chain, Clock } from "../engine/ports.ts";
import type { CallFunder, CallRecord } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";
import { findSales } from "./find-sales.ts";

export type WatchRun = {
  readonly chain: Pick<
    Chain,
    | "latestBlockhash"
    | "blockhashLifeMs"
    | "readHistory"
    | "readFinal"
    | "readTransaction"
    | "readAgreedTransaction"
    | "doesSame"
  >;
  readonly clock: Pick<Clock, "now">;
  readonly store: CallStore;
  /** Returns who paid for a wallet's first incoming transaction; null: unknown. @throws if it cannot be read now */
  readonly funderOf: (wallet: Address) => Promise<Address | null>;
  /** Whether the caller's sales are to be looked for before the muster. It is asked at each look, and says yes as often as after it. */
  readonly isSalesLookDue: () => Promise<boolean>;
};

const DAY_MS = 86_400_000;
/** How long after its end a call is watched, ms. */
export const WATCHED_MS = 30 * DAY_MS;
/** How long after its end attempts that no height can kill are searched for, ms. */
const SEARCHED_MS = DAY_MS;
/** Wallets that are read at once. */
const AT_ONCE = 4;

/**
 * Makes one look. A call whose watch is over is watched no more.
 *
 * @returns false if the call has no muster yet, so that the next look is due at once
 */
export async function lookAfter(run: WatchRun, callId: string): Promise<boolean> {
  const { store, clock } = run;
  const record = await store.readCall(callId);
  if (!record?.muster) {
    if (record !== null && record.ended === null) {
      if (await run.isSalesLookDue()) await findSales(run, record);
      return false;
    }
    await store.unwatch(callId);
    return true;
  }
  const { muster, ended } = record;
  const sinceEnd = ended === null ? null : clock.now().getTime() - ended.at.getTime();
  if (sinceEnd !== null && sinceEnd <= SEARCHED_MS) await findLateLandings(run, record, muster);
  await findSales(run, record);
  await findFunders(run, record, muster);
  if (sinceEnd !== null && sinceEnd > WATCHED_MS) await store.unwatch(callId);
  return true;
}

/** Looks up each member once. What was found before an outage is kept. */
async function findFunders(
  { store, funderOf }: WatchRun,
  { call, funders }: CallRecord,
  { members }: Muster,
): Promise<void> {
  const known = new Set(funders.map(({ wallet }) => wallet));
  const missing = members.filter(({ wallet }) => !known.has(wallet));
  if (missing.length === 0) return;
  const found: CallFunder[] = [];
  try {
    await forEachLimited(missing, AT_ONCE, async ({ wallet }) => {
      found.push({ wallet, funder: await funderOf(wallet) });
    });
  } finally {
    await store.changeCall(call.terms.callId, (now) => ({
      ...now,
      funders: [
        ...now.funders,
        ...found.filter(({ wallet }) => !now.funders.some((one) => one.wallet === wallet)),
      ],
    }));
  }
}

const landedIn = ({ members }: Muster): number =>
  members.filter(({ attempts }) => attempts.some(({ landed }) => landed !== undefined)).length;

/** A call that ended as landed has lapsed if what landed turns out to be no purchase. */
const statusAfter = ({ status, ended }: CallRecord, hasBought: boolean): CallRecord["status"] =>
  hasBought ? "landed" : ended !== null && status === "landed" ? "lapsed" : status;

/** Searches again for what was left open when the muster ended, and reads its results. */
async function findLateLandings(
  { chain, store, clock }: WatchRun,
  { call, results }: CallRecord,
  muster: Muster,
): Promise<void> {
  const { callId, mint } = call.terms;
  const book = store.bookOf(callId);
  const { blockHeight } = await readLifetime(chain);
  await examineExpired({ book, clock, call: { callId, mint }, ports: { chain } }, blockHeight);
  const after = await book.read();
  if (landedIn(after) === landedIn(muster) && landedIn(after) === results.length) return;
  const read = await readResults({ chain, book }, after, mint);
  await store.changeCall(callId, (found) => {
    const kept = read.length >= found.results.length ? read : found.results;
    return { ...found, status: statusAfter(found, anyBought(after, kept)), results: kept };
  });
}
