/**
 * Looks after a call from its muster on, and for thirty days after its end: who funded its members' wallets, what a wallet
 * that sends alone has landed late, and what the caller's wallets sold. Nothing here can sign or send.
 */
import { forEachLimited } from "../base/parallel.ts";
import { anyLanded, examineExpired } from "../engine/calls/drive-muster.ts";
import { readLifetime } from "../engine/calls/height.ts";
import type { Muster } from "../engine/calls/muster.ts";
import { readResults } from "../engine/calls/results.ts";
import type { Address, Chain, Clock } from "../engine/ports.ts";
import type { CallFunder, CallRecord, CallSale } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";

export type WatchRun = {
  readonly chain: Pick<
    Chain,
    "latestBlockhash" | "blockhashLifeMs" | "readHistory" | "readFinal" | "readTransaction"
  >;
  readonly clock: Pick<Clock, "now">;
  readonly store: CallStore;
  /** Returns who paid for a wallet's first incoming transaction; null: unknown. @throws if it cannot be read now */
  readonly funderOf: (wallet: Address) => Promise<Address | null>;
};

const DAY_MS = 86_400_000;
/** How long after its end a call is watched, ms. */
export const WATCHED_MS = 30 * DAY_MS;
/** How long after its end attempts that no height can kill are searched for, ms. */
const SEARCHED_MS = DAY_MS;
/** Wallets that are read at once. */
const AT_ONCE = 4;

/** Makes one look. A call whose watch is over is watched no more. */
export async function lookAfter(run: WatchRun, callId: string): Promise<void> {
  const { store, clock } = run;
  const record = await store.readCall(callId);
  if (record === null) return store.unwatch(callId);
  const { muster, ended } = record;
  if (muster === null) return ended === null ? undefined : store.unwatch(callId);
  const sinceEnd = ended === null ? null : clock.now().getTime() - ended.at.getTime();
  if (sinceEnd !== null && sinceEnd <= SEARCHED_MS) await findLateLandings(run, record, muster);
  await findSales(run, record, muster);
  await findFunders(run, record, muster);
  if (sinceEnd !== null && sinceEnd > WATCHED_MS) await store.unwatch(callId);
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

/** Searches again for what was left open when the muster ended, and reads its results. */
async function findLateLandings(
  { chain, store }: WatchRun,
  { call, results }: CallRecord,
  muster: Muster,
): Promise<void> {
  const { callId, mint } = call.terms;
  const book = store.bookOf(callId);
  const { blockHeight } = await readLifetime(chain);
  await examineExpired({ book, call: { callId }, ports: { chain } }, blockHeight);
  const after = await book.read();
  if (landedIn(after) === landedIn(muster) && landedIn(after) === results.length) return;
  const read = await readResults(chain, after, mint);
  await store.changeCall(callId, (found) => ({
    ...found,
    status: anyLanded(after) ? "landed" : found.status,
    results: read.length >= found.results.length ? read : found.results,
  }));
}

/** Transactions that are read in one look for each wallet, the oldest first. */
const READ_AT_MOST = 500;

/** A finalized history may lack what landed in this many of the newest slots. The next look reads them again. */
const UNSETTLED_SLOTS = 500n;

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Returns the slot at which the first round began: nothing of the call can have landed earlier. */
const beganAt = ({ members, lifetime }: Muster): bigint | null => {
  const slots = members.flatMap(({ attempts }) => attempts.map((one) => one.lifetime.blockhashSlot));
  return [...slots, ...(lifetime === null ? [] : [lifetime.blockhashSlot])].reduce<bigint | null>(
    (first, slot) => (first === null ? slot : least(first, slot)),
    null,
  );
};

/** Finds transactions since the muster in which the token left the caller's wallets. */
async function findSales(run: WatchRun, record: CallRecord, muster: Muster): Promise<void> {
  const { chain, store } = run;
  const since = record.watchedTo ?? beganAt(muster);
  if (since === null) return;
  const { callId, caller } = record.call.terms;
  const { slot } = await chain.latestBlockhash();
  const sales: CallSale[] = [];
  let watchedTo = slot - UNSETTLED_SLOTS;
  await forEachLimited(caller.wallets, AT_ONCE, async ({ address }) => {
    const looked = await salesOf(run, record, address, since);
    sales.push(...looked.sales);
    watchedTo = least(watchedTo, looked.through ?? watchedTo);
  });
  await store.changeCall(callId, (found) => {
    const news = sales.filter(({ signature }) => !found.sales.some((one) => one.signature === signature));
    const to = watchedTo > since ? watchedTo : found.watchedTo;
    if (news.length === 0 && to === found.watchedTo) return found;
    return { ...found, watchedTo: to, sales: [...found.sales, ...distinct(news)] };
  });
}

/** One transaction may name several of the caller's wallets. */
const distinct = (sales: readonly CallSale[]): CallSale[] =>
  sales
    .filter(({ signature }, at) => at === sales.findIndex((one) => one.signature === signature))
    .sort((one, other) => Number(one.slot - other.slot));

type Looked = {
  readonly sales: readonly CallSale[];
  /** Where the next look has to begin, if this one could not read everything. */
  readonly through: bigint | null;
};

async function salesOf(
  { chain }: WatchRun,
  { call, sales }: CallRecord,
  wallet: Address,
  since: bigint,
): Promise<Looked> {
  const { mint, caller } = call.terms;
  const own = new Set(caller.wallets.map(({ address }) => address));
  const histories = await chain.readHistory(wallet, since);
  const lines = histories.flatMap((history) =>
    history.lines.filter(({ failed, slot }) => !failed && slot >= since),
  );
  const known = new Set(sales.map(({ signature }) => signature));
  const slots = new Map(lines.map(({ signature, slot }) => [signature, slot]));
  const due = [...slots].sort(([, one], [, other]) => Number(one - other));
  const found: CallSale[] = [];
  for (const [signature] of due.slice(0, READ_AT_MOST)) {
    if (known.has(signature)) continue;
    const transaction = await chain.readTransaction(signature);
    if (transaction === null || transaction.failed) continue;
    // What moves between the caller's own wallets has not left them.
    const changes = transaction.tokens.filter((one) => one.mint === mint && own.has(one.owner));
    const tokens = changes.reduce((sum, { before, after }) => sum + before - after, 0n);
    const seller = changes.find(({ before, after }) => after < before)?.owner;
    if (tokens > 0n && seller !== undefined)
      found.push({ wallet: seller, signature, slot: transaction.slot, tokens });
  }
  return { sales: found, through: due[READ_AT_MOST]?.[1] ?? null };
}
