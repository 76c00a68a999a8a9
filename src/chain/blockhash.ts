/**
 * Caches one blockhash for the whole process. Legs that we sign at about the same time share it.
 *
 * We read it at the cluster's settled commitment (R6). A `processed` block may be dropped; a later commitment than
 * necessary wastes part of the blockhash's lifetime.
 *
 * We skip an endpoint whose answer is older than what this process has already seen: it lags, or it went back to an old
 * state. The re-sign rule depends on L and on the slot that come with the blockhash.
 */
import type { Blockhash } from "@solana/kit";
import { z } from "zod";
import { FIRST_SLOT_MS, LAG_BLOCKS, type Settled } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { blockhashAnswer, inContext, u64 } from "./answers.ts";
import type { CommitmentReader } from "./commitment.ts";
import type { Call, Rpc } from "./rpc.ts";

export type Lifetime = {
  readonly blockhash: Blockhash;
  readonly lastValidBlockHeight: bigint;
  /** The slot of the answer. */
  readonly slot: bigint;
};

export type BlockhashOptions = {
  /** How long the cache returns the same blockhash at most, ms. Default: ten blocks of the slot time that we assume at first. */
  readonly freshMs?: number;
  /** A monotonic clock, ms. */
  readonly now?: () => number;
  readonly commitment: CommitmentReader;
};

const answer = inContext(z.object({ blockhash: blockhashAnswer, lastValidBlockHeight: u64 }));

/** We fetch a new blockhash after at most this many blocks, at any block speed. A blockhash is valid for 150 blocks. */
const FRESH_BLOCKS = 10;

type Reading = Lifetime & { readonly at: number; readonly freshMs: number };

async function readBlockhash(call: Call, commitment: Settled): Promise<Lifetime> {
  const { value, context } = await call({
    method: "getLatestBlockhash",
    params: [{ commitment }],
    schema: answer,
  });
  return { ...value, slot: context.slot };
}

/** The newest state of one endpoint. */
export type Tip = Pick<Lifetime, "lastValidBlockHeight" | "slot">;

/**
 * Reads the tips of as many distinct endpoints as the quorum. A process that has just started cannot notice that a
 * single endpoint lags.
 * @throws `CTO_E_RPC_UNAVAILABLE` if fewer of them answer
 */
export async function readTips(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  commitment: CommitmentReader,
): Promise<readonly Tip[]> {
  const settled = await commitment();
  return rpc.onDistinctEndpoints(quorum, (call) => readBlockhash(call, settled));
}

export type BlockhashCache = {
  /**
   * Returns the latest blockhash. Concurrent callers share one request.
   * @param how `fresh` does not take it from the cache
   * @throws `CTO_E_RPC_UNAVAILABLE`, also when every endpoint is behind an earlier answer
   */
  latest(how?: { readonly fresh?: boolean }): Promise<Lifetime>;
  /** Stores a blockhash from another answer, which saves a request. `requestedAt` is the request's start on the cache's clock. */
  learn(lifetime: Lifetime, requestedAt: number): void;
};

export function createBlockhashCache(
  rpc: Pick<Rpc, "call" | "onDistinctEndpoints">,
  options: BlockhashOptions,
): BlockhashCache {
  const { freshMs = FRESH_BLOCKS * FIRST_SLOT_MS, now = () => performance.now(), commitment } = options;
  let latest: Reading | undefined;
  let pending: Promise<Reading> | undefined;
  const seen = { slot: 0n, height: 0n };

  const lags = ({ slot, lastValidBlockHeight }: Lifetime): boolean =>
    slot + LAG_BLOCKS < seen.slot || lastValidBlockHeight + LAG_BLOCKS < seen.height;

  async function readFromOneThatKeepsUp(call: Call, host: string): Promise<Lifetime> {
    const lifetime = await readBlockhash(call, await commitment());
    if (!lags(lifetime)) return lifetime;
    throw new CTOError("CTO_E_RPC_UNAVAILABLE", {
      method: "getLatestBlockhash",
      reason: `${host} answers as of slot ${lifetime.slot}, behind slot ${seen.slot} that was seen before`,
    });
  }

  async function read(): Promise<Reading> {
    const settled = await commitment();
    // The age starts before the request, because the answer may take long to arrive.
    let at = now();
    let lifetime = await readBlockhash(rpc.call, settled);
    if (lags(lifetime)) {
      at = now();
      [lifetime = lifetime] = await rpc.onDistinctEndpoints(1, readFromOneThatKeepsUp);
    }
    return take(lifetime, at);
  }

  function take(lifetime: Lifetime, at: number): Reading {
    if (lifetime.slot > seen.slot) seen.slot = lifetime.slot;
    if (lifetime.lastValidBlockHeight > seen.height) seen.height = lifetime.lastValidBlockHeight;
    return { ...lifetime, at, freshMs: freshFor(latest, lifetime, at, freshMs) };
  }

  return {
    async latest({ fresh = false } = {}) {
      if (fresh || latest === undefined || now() - latest.at >= latest.freshMs) {
        pending ??= read().finally(() => {
          pending = undefined;
        });
        latest = await pending;
      }
      const { blockhash, lastValidBlockHeight, slot } = latest;
      return { blockhash, lastValidBlockHeight, slot };
    },
    learn(lifetime, requestedAt) {
      if (lags(lifetime) || (latest !== undefined && lifetime.slot <= latest.slot)) return;
      latest = take(lifetime, requestedAt);
    },
  };
}

/** Estimates the block time from two readings; a cluster's block time is no constant. */
function freshFor(before: Reading | undefined, value: Lifetime, at: number, longestMs: number): number {
  if (before === undefined) return longestMs;
  const blocks = Number(value.lastValidBlockHeight - before.lastValidBlockHeight);
  if (blocks <= 0) return before.freshMs;
  return Math.min(longestMs, (FRESH_BLOCKS * (at - before.at)) / blocks);
}
