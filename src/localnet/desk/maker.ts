/**
 * The market maker: its books, its firm quotes, and what becomes of them. A quote holds for its lifetime even when the
 * price moves meanwhile, as its tokens already lie in escrow. The book moves when a buy lands, not when it is quoted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, KeyPairSigner } from "@solana/kit";
import { getTokenDecoder } from "@solana-program/token";
import { createBatcher } from "./batcher.ts";
import { afterBuy, type Book, priceImpactOf, tokensFor } from "./book.ts";
import type { DeskChain } from "./desk-chain.ts";
import {
  closeInstructions,
  ESCROW_SIZE,
  type Escrow,
  placeInstructions,
  planEscrow,
  type Token,
} from "./escrow.ts";

const POLL_MS = 400;
/** By size: a placement takes about 240 bytes of the 1232, a closing about 80. */
const PLACEMENTS_PER_TRANSACTION = 3;
const CLOSINGS_PER_TRANSACTION = 8;

type Market = {
  readonly token: Token;
  book: Book;
  /** Base units that the desk holds and has not promised to anyone. */
  unpromised: bigint;
};

type Outstanding = {
  readonly escrow: Escrow;
  readonly lamports: bigint;
  readonly expiresAt: number;
  state: "open" | "bought";
  closing: boolean;
};

export type FirmQuote = {
  readonly escrow: Escrow;
  readonly tokensOut: bigint;
  readonly priceImpactPct: string;
};

export type Maker = {
  /** Opens a market, or replaces its book. `held` is what the desk's own account has, in base units. */
  list(token: Token, book: Book, held: bigint): void;
  /** A firm quote, its tokens already in escrow; null when there is no market or not enough of the token. */
  quote(mint: Address, lamports: bigint, taker: Address): Promise<FirmQuote | null>;
  /** Stops watching, once the closings under way are done. What is in escrow stays there. */
  close(): Promise<void>;
};

/** @param quoteTtlMs how long a quote can be taken; afterwards the desk takes its tokens back */
export const createMaker = async (
  chain: DeskChain,
  desk: KeyPairSigner,
  quoteTtlMs: number,
): Promise<Maker> => {
  const place = createBatcher(chain.send, PLACEMENTS_PER_TRANSACTION);
  const close = createBatcher(chain.send, CLOSINGS_PER_TRANSACTION);
  const markets = new Map<Address, Market>();
  const outstanding = new Map<Address, Outstanding>();
  const closings = new Set<Promise<void>>();
  const stopping = new AbortController();
  let lastSeed = 0;

  /** The chain decides what became of an escrow: emptied means bought. */
  const refresh = async (): Promise<void> => {
    const open = [...outstanding.values()].filter(({ state }) => state === "open");
    const accounts = await chain.accounts(open.map(({ escrow }) => escrow.address));
    for (const [index, quote] of open.entries()) {
      const account = accounts[index];
      const emptied = account && getTokenDecoder().decode(account.data).amount === 0n;
      if (!emptied || quote.state === "bought") continue;
      quote.state = "bought";
      const market = markets.get(quote.escrow.token.mint);
      if (market !== undefined) market.book = afterBuy(market.book, quote.lamports);
    }
  };

  const closeOne = async (quote: Outstanding): Promise<void> => {
    const { escrow, state } = quote;
    const back = state === "bought" ? 0n : escrow.tokens;
    quote.closing = true;
    try {
      // Closings are grouped by kind as well: a reclaim that a buy overtook must not fail the others.
      await close(`${escrow.token.mint} ${state}`, closeInstructions(desk, escrow, back));
      outstanding.delete(escrow.address);
      const market = markets.get(escrow.token.mint);
      if (market !== undefined) market.unpromised += back;
    } catch {
      // A buy came first, or the node was away: the next look at the chain tells, and it is tried again.
      quote.closing = false;
    }
  };

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await refresh().catch(() => undefined);
      const now = Date.now();
      for (const quote of outstanding.values()) {
        if (quote.closing || (quote.state === "open" && quote.expiresAt > now)) continue;
        const closing = closeOne(quote).finally(() => closings.delete(closing));
        closings.add(closing);
      }
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const watching = watch();

  const quote = async (mint: Address, lamports: bigint, taker: Address): Promise<FirmQuote | null> => {
    await refresh();
    const market = markets.get(mint);
    if (market === undefined) return null;
    const { token, book } = market;
    const tokens = tokensFor(book, lamports);
    if (tokens === 0n || tokens > market.unpromised) return null;
    market.unpromised -= tokens;
    lastSeed += 1;
    const escrow = await planEscrow(desk, { seed: `q${lastSeed}`, token, taker, tokens });
    try {
      await place(mint, placeInstructions(desk, escrow, await chain.rentFor(ESCROW_SIZE)));
    } catch (error) {
      market.unpromised += tokens;
      throw error;
    }
    const expiresAt = Date.now() + quoteTtlMs;
    outstanding.set(escrow.address, { escrow, lamports, expiresAt, state: "open", closing: false });
    return { escrow, tokensOut: tokens, priceImpactPct: priceImpactOf(book, lamports) };
  };

  return {
    list: (token, book, held) => {
      markets.set(token.mint, { token, book, unpromised: held });
    },
    quote,
    close: async () => {
      stopping.abort();
      await watching;
      await Promise.all(closings);
    },
  };
};
