/**
 * One cached blockhash for the whole process: legs that are signed within a moment of each other share it.
 *
 * It is read where the cluster counts as settled (R6): `processed` blocks may be dropped, and what is settled later than it must
 * be wastes part of the blockhash's life. It is
 * never one from behind what this process has already seen: an endpoint that lags, or that went back to an old state,
 * is passed over, because L and the slot that come with its blockhash are what the re-sign rule rests on.
 */
import type { Blockhash } from "@solana/kit";
import { z } from "zod";
import type { Settled } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { blockhashAnswer, inContext, u64 } from "./answers.ts";
import type { CommitmentReader } from "./commitment.ts";
import type { Call, Rpc } from "./rpc.ts";

export type Lifetime = {
  readonly blockhash: Blockhash;
  readonly lastValidBlockHeight: bigint;
  /** The slot that it was read at. */
  readonly slot: bigint;
};

export type BlockhashOptions = {
  /** How long a blockhash is handed out, ms. Default 2,000. */
  readonly freshMs?: number;
  /** A monotonic clock, ms. */
  readonly now?: () => number;
  readonly commitment: CommitmentReader;
};

const answer = inContext(z.object({ blockhash: blockhashAnswer, lastValidBlockHeight: u64 }));

/** A blockhash lives 150 blocks; at most this many may pass before a new one is fetched, however fast blocks come. */
const FRESH_BLOCKS = 10;

/** Nodes of one cluster are a few blocks apart; whoever is further behind than this lags. In blocks and slots alike. */
const LAG_TOLERANCE = 10n;

type Reading = Lifetime & { readonly at: number; readonly freshMs: number };

async function ask(call: Call, commitment: Settled): Promise<Lifetime> {
  const { value, context } = await call({
    method: "getLatestBlockhash",
    params: [{ commitment }],
    schema: answer,
  });
  return { ...value, slot: context.slot };
}

export type BlockhashCache = {
  /**
   * The latest blockhash; callers that come together share one request.
   * @throws `CTO_E_RPC_UNAVAILABLE`, also when every endpoint is behind what was seen before
   */
  latest(): Promise<Lifetime>;
  /** Takes one that came with another answer, asked for at `askedAt` of the cache's clock; it saves a request. */
  learn(lifetime: Lifetime, askedAt: number): void;
};

/** One per process: see above. */
export function createBlockhashCache(
  rpc: Pick<Rpc, "call" | "onDistinctEndpoints">,
  options: BlockhashOptions,
): BlockhashCache {
  const { freshMs = 2000, now = () => performance.now(), commitment } = options;
  let latest: Reading | undefined;
  let pending: Promise<Reading> | undefined;
  const seen = { slot: 0n, height: 0n };

  const lags = ({ slot, lastValidBlockHeight }: Lifetime): boolean =>
    slot + LAG_TOLERANCE < seen.slot || lastValidBlockHeight + LAG_TOLERANCE < seen.height;

  async function askOneThatKeepsUp(call: Call, host: string): Promise<Lifetime> {
    const lifetime = await ask(call, await commitment());
    if (!lags(lifetime)) return lifetime;
    throw new CTOError("CTO_E_RPC_UNAVAILABLE", {
      method: "getLatestBlockhash",
      reason: `${host} answers as of slot ${lifetime.slot}, behind slot ${seen.slot} that was seen before`,
    });
  }

  async function read(): Promise<Reading> {
    const settled = await commitment();
    // The age counts from before the request: the answer may have been on its way for long.
    let at = now();
    let lifetime = await ask(rpc.call, settled);
    if (lags(lifetime)) {
      at = now();
      [lifetime = lifetime] = await rpc.onDistinctEndpoints(1, askOneThatKeepsUp);
    }
    return take(lifetime, at);
  }

  function take(lifetime: Lifetime, at: number): Reading {
    if (lifetime.slot > seen.slot) seen.slot = lifetime.slot;
    if (lifetime.lastValidBlockHeight > seen.height) seen.height = lifetime.lastValidBlockHeight;
    return { ...lifetime, at, freshMs: freshFor(latest, lifetime, at, freshMs) };
  }

  return {
    async latest() {
      if (latest === undefined || now() - latest.at >= latest.freshMs) {
        pending ??= read().finally(() => {
          pending = undefined;
        });
        latest = await pending;
      }
      const { blockhash, lastValidBlockHeight, slot } = latest;
      return { blockhash, lastValidBlockHeight, slot };
    },
    learn(lifetime, askedAt) {
      if (lags(lifetime) || (latest !== undefined && lifetime.slot <= latest.slot)) return;
      latest = take(lifetime, askedAt);
    },
  };
}

/** No hard-coded block time: two readings tell how fast blocks come. */
function freshFor(before: Reading | undefined, value: Lifetime, at: number, longestMs: number): number {
  if (before === undefined) return longestMs;
  const blocks = Number(value.lastValidBlockHeight - before.lastValidBlockHeight);
  if (blocks <= 0) return before.freshMs;
  return Math.min(longestMs, (FRESH_BLOCKS * (at - before.at)) / blocks);
}
