/**
 * Finds the transactions since the announcement in which the token left the caller's wallets. A caller may write thousands of
 * transactions after a sale, more than one look reads: what is left is shown as not read, and the next look goes on there.
 */

import { isDeepStrictEqual } from "node:util";
import { forEachLimited } from "../base/parallel.ts";
import type { Address, Chain, HistoryLine, Signature, WalletHistory } from "../engine/ports.ts";
import { type Effects, readEffect } from "../engine/transaction/read-effect.ts";
import type { CallRecord, CallSale, Rest, Watch } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";
import { withSales } from "./largest-sales.ts";
import { watchedSince } from "./watched.ts";

export type SalesRun = {
  readonly chain: Effects & Pick<Chain, "latestBlockhash" | "readHistory">;
  readonly store: CallStore;
};

/** Wallets that are read at once. */
const AT_ONCE = 4;

/** Transactions that are read in one look for each wallet, the newest first. */
const READ_AT_MOST = 500;

/** A finalized history may lack what landed in this many of the newest slots. The next look reads them again. */
const UNSETTLED_SLOTS = 500n;

/** Reads on in the history of each of the caller's wallets. */
export async function findSales(run: SalesRun, record: CallRecord): Promise<void> {
  const began = watchedSince(record);
  if (began === null) return;
  const { callId, caller } = record.call.terms;
  const { slot } = await run.chain.latestBlockhash();
  const sales: CallSale[] = [];
  const watches: Watch[] = [];
  await forEachLimited(caller.wallets, AT_ONCE, async ({ address }) => {
    const before = record.watches.find(({ wallet }) => wallet === address);
    const looked = await look(run, record, before ?? { wallet: address, through: began, rest: null }, slot);
    sales.push(...looked.sales);
    watches.push(looked.watch);
  });
  await run.store.changeCall(callId, (found) => {
    const known = new Set(found.sales.map(({ signature }) => signature));
    const news = sales.filter(({ signature }) => !known.has(signature));
    const listed = withSales(found, distinct(news));
    // What was left off is found again wherever the histories are read again.
    const isSame = isDeepStrictEqual(listed, withSales(found, []));
    // Another process has read on meanwhile: what it has written stays, and is read again from there.
    const isOurs = isDeepStrictEqual(found.watches, record.watches);
    if (isSame && (!isOurs || isDeepStrictEqual(found.watches, watches))) return found;
    return { ...found, ...listed, watches: isOurs ? watches : found.watches };
  });
}

/** One transaction may name several of the caller's wallets. */
const distinct = (sales: readonly CallSale[]): CallSale[] =>
  sales
    .filter(({ signature }, at) => at === sales.findIndex((one) => one.signature === signature))
    .sort((one, other) => Number(one.slot - other.slot));

type Looked = { readonly sales: readonly CallSale[]; readonly watch: Watch };

async function look(
  { chain }: SalesRun,
  record: CallRecord,
  { wallet, through, rest }: Watch,
  slot: bigint,
): Promise<Looked> {
  const isBegun = rest !== null && rest.before !== null;
  const histories = await chain.readHistory(wallet, through, rest?.before ?? undefined);
  // The lowest of all answers: one endpoint with a slot far ahead would end the watch.
  const slots = histories.flatMap(({ finalizedSlot }) => finalizedSlot ?? []);
  const settled = slots.reduce((lowest, one) => (one < lowest ? one : lowest), slot) - UNSETTLED_SLOTS;
  const top = isBegun ? rest.top : settled > through ? settled : through;
  const known = new Set(record.sales.map(({ signature }) => signature));
  const sales: CallSale[] = [];
  let { before, lacks }: Pick<Rest, "before" | "lacks"> = isBegun ? rest : { before: null, lacks: false };
  let left = READ_AT_MOST;
  const lines = linesOf(histories, through);
  const due = lines.findIndex((line) => !isQuiet(line, known) && left-- === 0);
  for (const line of due === -1 ? lines : lines.slice(0, due)) {
    before = line.signature;
    if (isQuiet(line, known)) continue;
    const transaction = await readEffect(chain, line.signature);
    if (transaction === null) lacks = true;
    else sales.push(...saleIn(record, line.signature, transaction));
  }
  const isWhole = due === -1 && histories.length > 0 && histories.every((one) => one.complete);
  // Records that begin later may lack a sale, whatever else was read.
  if (histories.some(({ firstAvailableSlot }) => firstAvailableSlot > through)) lacks = true;
  if (!isWhole) return { sales, watch: { wallet, through, rest: { top, before, lacks } } };
  if (lacks) return { sales, watch: { wallet, through, rest: { top, before: null, lacks: false } } };
  return { sales, watch: { wallet, through: top, rest: null } };
}

/** Whether a transaction need not be read. */
const isQuiet = ({ failed, signature }: HistoryLine, known: ReadonlySet<Signature>): boolean =>
  failed || known.has(signature);

/**
 * Returns the entries of all endpoints from a slot on, each once, newest first. Where one of them was not read to its end,
 * only what is newer than its end: the others may have read further.
 */
function linesOf(histories: readonly WalletHistory[], since: bigint): HistoryLine[] {
  const ends = histories.flatMap(({ complete, lines }) => (complete ? [] : (lines.at(-1)?.slot ?? [])));
  const floor = ends.reduce((highest, one) => (one > highest ? one : highest), since);
  const lines = histories.flatMap((one) => one.lines.filter(({ slot }) => slot >= floor));
  // It has failed if all that list it say so: one that lies would hide a sale.
  const succeeded = new Set(lines.flatMap(({ failed, signature }) => (failed ? [] : [signature])));
  return [...new Map(lines.map((line) => [line.signature, line])).values()]
    .map((line) => ({ ...line, failed: !succeeded.has(line.signature) }))
    .sort((one, other) => Number(other.slot - one.slot));
}

type Transaction = NonNullable<Awaited<ReturnType<Chain["readTransaction"]>>>;

function saleIn(
  { call }: CallRecord,
  signature: Signature,
  { failed, slot, tokens }: Transaction,
): CallSale[] {
  const { mint, caller } = call.terms;
  const own = new Set<Address>(caller.wallets.map(({ address }) => address));
  if (failed) return [];
  // What moves between the caller's own wallets has not left them.
  const changes = tokens.filter((one) => one.mint === mint && own.has(one.owner));
  const left = changes.reduce((sum, { before, after }) => sum + before - after, 0n);
  const seller = changes.find(({ before, after }) => after < before)?.owner;
  return left > 0n && seller !== undefined ? [{ wallet: seller, signature, slot, tokens: left }] : [];
}
