/**
 * One cached blockhash for the whole process: legs that are signed within a moment of each other share it.
 *
 * It is read at `confirmed`: `processed` blocks may be dropped, `finalized` wastes part of the blockhash's life.
 */
import type { Blockhash } from "@solana/kit";
import { z } from "zod";
import { blockhashAnswer, inContext, u64 } from "./answers.ts";
import type { Rpc } from "./rpc.ts";

export type Lifetime = { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };

export type BlockhashOptions = {
  /** How long a blockhash is handed out, ms. Default 2,000. */
  readonly freshMs?: number;
  /** A monotonic clock, ms. */
  readonly now?: () => number;
};

const answer = inContext(z.object({ blockhash: blockhashAnswer, lastValidBlockHeight: u64 }));

/** A blockhash lives 150 blocks; at most this many may pass before a new one is fetched, however fast blocks come. */
const FRESH_BLOCKS = 10;

type Reading = Lifetime & { readonly at: number; readonly freshMs: number };

/** Answers a function that gives the latest blockhash; callers that come together share one request. */
export function createBlockhashCache(rpc: Rpc, options: BlockhashOptions = {}): () => Promise<Lifetime> {
  const { freshMs = 2000, now = () => performance.now() } = options;
  let latest: Reading | undefined;
  let pending: Promise<Reading> | undefined;

  async function read(): Promise<Reading> {
    // The age counts from before the request: the answer may have been on its way for long.
    const at = now();
    const { value } = await rpc.call({
      method: "getLatestBlockhash",
      params: [{ commitment: "confirmed" }],
      schema: answer,
    });
    return { ...value, at, freshMs: freshFor(latest, value, at, freshMs) };
  }

  return async () => {
    if (latest === undefined || now() - latest.at >= latest.freshMs) {
      pending ??= read().finally(() => {
        pending = undefined;
      });
      latest = await pending;
    }
    const { blockhash, lastValidBlockHeight } = latest;
    return { blockhash, lastValidBlockHeight };
  };
}

/** No hard-coded block time: two readings tell how fast blocks come. */
function freshFor(before: Reading | undefined, value: Lifetime, at: number, longestMs: number): number {
  if (before === undefined) return longestMs;
  const blocks = Number(value.lastValidBlockHeight - before.lastValidBlockHeight);
  if (blocks <= 0) return before.freshMs;
  return Math.min(longestMs, (FRESH_BLOCKS * (at - before.at)) / blocks);
}
