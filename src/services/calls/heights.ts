/**
 * Bounds the heights that requests to calls read anew. Near the end of signing each request needs one, and anyone may send
 * requests: those that come while one waits share it, so a process reads at most four a second.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readHeight } from "../../engine/calls/height.ts";
import type { Chain } from "../../engine/ports.ts";

type Reads = Pick<Chain, "latestBlockhash">;

/** The pause between the beginnings of two reads, ms: about a slot. Who waits for it is judged by the later height. */
export const PAUSE_MS = 250;

const kept = new WeakMap<Reads, Reads>();

function share(chain: Reads): Reads {
  let next: ReturnType<Reads["latestBlockhash"]> | null = null;
  let last = Number.NEGATIVE_INFINITY;
  const readNext: Reads["latestBlockhash"] = async (how) => {
    await sleep(Math.max(0, last + PAUSE_MS - performance.now()));
    // Whoever comes from now on needs a later one.
    next = null;
    last = performance.now();
    return chain.latestBlockhash(how);
  };
  return {
    latestBlockhash(how) {
      if (how?.fresh !== true) return chain.latestBlockhash();
      next ??= readNext(how);
      return next;
    },
  };
}

/** As {@link readHeight}. @throws as it does */
export function readSharedHeight(chain: Reads, last: bigint | null): Promise<bigint> {
  const shared = kept.get(chain) ?? share(chain);
  kept.set(chain, shared);
  return readHeight(shared, last);
}
