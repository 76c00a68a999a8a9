/**
 * A caller hides a sale behind more transactions than one look reads, or an endpoint lacks the sale for a while. What was not
 * read to its end must be shown as such, and read in the next looks.
 */

import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { callRecordText, newRecord, parseCallRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { SALES_AT_MOST } from "../../src/calls/largest-sales.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { lookAfter, type WatchRun } from "../../src/calls/watch-call.ts";
import { unreadWallets } from "../../src/calls/watched.ts";
import { doesSame } from "../../src/chain/same-work.ts";
import { beginRound, createMuster } from "../../src/engine/calls/muster-moves.ts";
import type {
  Address,
  ChainTransaction,
  HistoryLine,
  Lamports,
  Signature,
  WalletHistory,
} from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { CALLER, validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const { callId, mint } = call.terms;
const MEMBER = generateKeypair().address;
/** A signature for each number, in the alphabet of base58. */
const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const signatureOf = (number: number): Signature => {
  const digits = [58 ** 2, 58, 1].map((place) => DIGITS[Math.floor(number / place) % 58] ?? "2");
  return `${"2".repeat(85)}${digits.join("")}` as Signature;
};
const SALE = signatureOf(1);
const line = (number: number, slot: bigint, failed = false): HistoryLine => ({
  signature: signatureOf(number),
  slot,
  failed,
  memos: null,
});

const sold: ChainTransaction = {
  slot: 4_200n,
  failed: false,
  changes: [],
  tokens: [{ owner: CALLER as Address, mint, before: 90n, after: 0n }],
};

/** A watched call, whose caller's wallet has this history, newest first. A look reads `pages` of it at most. */
async function staged(
  lines: HistoryLine[],
  {
    pages = 1_000,
    others = () => [],
  }: { pages?: number; others?: (at: HistoryLine) => typeof sold.tokens } = {},
) {
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  const goal = {
    leastLamports: 1n,
    mostLamports: 100n,
    leastWallets: 1,
    endsAt: new Date(NOW.getTime() + 600_000),
  };
  const lifetime = {
    blockhash: MEMBER as string as Blockhash,
    blockhashSlot: 4_000n,
    blockHeight: 3_000n,
    lastValidBlockHeight: 3_150n,
  };
  const pledged = [{ wallet: MEMBER, lamports: 5n as Lamports, way: "signs" as const }];
  const muster = beginRound(createMuster(goal, pledged), lifetime, NOW, 60_000);
  await store.addCall({ ...newRecord(call, NOW), status: "mustering", muster });
  await store.watch(callId);
  const lacking = new Set<Signature>();
  const one: { firstAvailableSlot: bigint; finalizedSlot?: bigint } = { firstAvailableSlot: 0n };
  const reads: Signature[] = [];
  const history = (since: bigint, before?: Signature): WalletHistory => {
    const from = before === undefined ? 0 : lines.findIndex(({ signature }) => signature === before) + 1;
    const rest = lines.slice(from).filter(({ slot }) => slot >= since);
    const shown = rest.slice(0, pages);
    return {
      endpoint: "one",
      finalizedBlockHeight: 9_000n,
      lines: shown,
      complete: shown.length === rest.length,
      ...one,
    };
  };
  const run: WatchRun = {
    store,
    clock: { now: () => NOW },
    funderOf: async () => MEMBER,
    isSalesLookDue: async () => true,
    chain: {
      doesSame,
      latestBlockhash: async () => ({
        blockhash: lifetime.blockhash,
        lastValidBlockHeight: 9_150n,
        slot: 9_000n,
      }),
      blockhashLifeMs: () => 60_000,
      readHistory: async (_wallet, since, before) => [history(since, before)],
      readFinal: async () => null,
      async readTransaction(signature) {
        if (lacking.has(signature)) return null;
        reads.push(signature);
        if (signature === SALE) return sold;
        const found =
          lines.find((one) => one.signature === signature) ?? expect.fail("an unknown transaction");
        return { ...sold, slot: found.slot, tokens: others(found) };
      },
    },
  };
  const read = async () => {
    const record = await store.readCall(callId);
    if (record === null) throw new Error("the call is gone");
    return { sales: record.sales.map(({ signature }) => signature), unread: unreadWallets(record) };
  };
  const record = async () => (await store.readCall(callId)) ?? expect.fail("the call is gone");
  return { look: () => lookAfter(run, callId), read, record, lines, lacking, one, reads };
}

const flood = (count: number, failed = false): HistoryLine[] =>
  Array.from({ length: count }, (_, at) => line(count - at + 1, 5_000n + BigInt(count - at), failed));

it("reads on behind a flood that one look cannot read, and says until then that there may be more", async () => {
  const { look, read, lines } = await staged([...flood(1_200), line(1, 4_200n)]);
  expect((await read()).unread).toEqual([CALLER]);
  await look();
  expect(await read()).toEqual({ sales: [], unread: [CALLER] });
  // The flood goes on. It is read after what came before it.
  lines.unshift(line(2_000, 8_000n));
  await look();
  expect(await read()).toEqual({ sales: [], unread: [CALLER] });
  await look();
  expect(await read()).toEqual({ sales: [SALE], unread: [] });
});

it("goes on behind the pages of a history that is too long, also when all of it has failed", async () => {
  const { look, read, reads } = await staged([...flood(250, true), line(1, 4_200n)], { pages: 100 });
  await look();
  await look();
  expect(await read()).toEqual({ sales: [], unread: [CALLER] });
  await look();
  expect(await read()).toEqual({ sales: [SALE], unread: [] });
  expect(reads).toEqual([SALE]);
});

it("looks again for a transaction that the endpoint lists and does not have yet", async () => {
  const { look, read, lacking } = await staged([line(2, 5_000n), line(1, 4_200n)]);
  lacking.add(SALE);
  await look();
  expect(await read()).toEqual({ sales: [], unread: [CALLER] });
  lacking.clear();
  await look();
  expect(await read()).toEqual({ sales: [SALE], unread: [] });
});

it("does not count as read what the endpoint has pruned", async () => {
  const { look, read, one } = await staged([line(2, 5_000n)]);
  one.firstAvailableSlot = 4_500n;
  await look();
  expect(await read()).toEqual({ sales: [], unread: [CALLER] });
});

it("goes on from what the histories have, although an endpoint names a slot far ahead", async () => {
  const { look, read, lines, one } = await staged([]);
  one.finalizedSlot = 4_100n;
  await look();
  lines.push(line(1, 4_200n));
  one.finalizedSlot = 5_000n;
  await look();
  expect(await read()).toEqual({ sales: [SALE], unread: [] });
});

it("lists the largest sales, however many small ones come before and after, and says that others are left off", async () => {
  const dust = ({ slot }: HistoryLine) => [
    { owner: CALLER as Address, mint, before: slot === 5_300n ? 5n : 1n, after: 0n },
  ];
  const { look, record, lines } = await staged([...flood(SALES_AT_MOST + 100), line(1, 4_200n)], {
    others: dust,
  });
  await look();
  const full = await record();
  expect(full.sales).toHaveLength(SALES_AT_MOST);
  expect(full).toMatchObject({
    salesLeftOff: true,
    sales: [{ tokens: 90n }, ...Array(198).fill({}), { tokens: 5n }],
  });
  // Small ones go on.
  lines.unshift(line(2_000, 8_900n));
  await look();
  expect((await record()).sales).toEqual(full.sales);
  const text = callRecordText(await record());
  expect(callRecordText(parseCallRecord(text))).toBe(text);
});

it("leaves nothing off while every sale has a place", async () => {
  const { look, record } = await staged(flood(SALES_AT_MOST), {
    others: () => [{ owner: CALLER as Address, mint, before: 1n, after: 0n }],
  });
  await look();
  expect(await record()).toMatchObject({ salesLeftOff: false, sales: { length: SALES_AT_MOST } });
});
