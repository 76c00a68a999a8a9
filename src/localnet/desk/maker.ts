/**
 * Manages the market maker's books and its firm quotes, and follows each quote to its end.
 *
 * A quote is valid for its lifetime even if the price moves meanwhile, because its tokens are already in escrow. The
 * book changes when a buy lands, not when it is quoted.
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
/** Limits by size: a placement takes about 240 bytes of the 1232, a closing about 80. */
const PLACEMENTS_PER_TRANSACTION = 3;
const CLOSINGS_PER_TRANSACTION = 8;

type Market = {
  readonly token: Token;
  book: Book;
  /** The base units that the desk holds and has not promised. */
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
  /** Opens a market, or replaces its book. `held` is the balance of the desk's own account, in base units. */
  list(token: Token, book: Book, held: bigint): void;
  /** The books of all markets as they are now. */
  books(): { readonly mint: Address; readonly book: Book }[];
  /** Returns a firm quote whose tokens are already in escrow; null if there is no market or too few tokens. */
  quote(mint: Address, lamports: bigint, taker: Address): Promise<FirmQuote | null>;
  /** Waits for the closings under way, and stops polling. Tokens in escrow stay there. */
  close(): Promise<void>;
};

/** @param quoteTtlMs how long a quote can be taken, ms; after that the desk takes its tokens back */
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
  // A desk that was restored may still have escrows of before, so their seeds must not repeat.
  const firstSeed = Date.now().toString(36);
  let lastSeed = 0;

  /** Checks the escrows on chain: an empty escrow means that the taker has bought. */
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
      // We also group closings by kind, so that a reclaim that fails because of a buy does not make other closings
      // fail.
      await close(`${escrow.token.mint} ${state}`, closeInstructions(desk, escrow, back));
      outstanding.delete(escrow.address);
      const market = markets.get(escrow.token.mint);
      if (market !== undefined) market.unpromised += back;
    } catch {
      // A buy came first, or the node was away. The next poll shows which, and we try again.
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
    const escrow = await planEscrow(desk, { seed: `q${firstSeed}-${lastSeed}`, token, taker, tokens });
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
    books: () => [...markets].map(([mint, { book }]) => ({ mint, book })),
    quote,
    close: async () => {
      stopping.abort();
      await watching;
      await Promise.all(closings);
    },
  };
};
