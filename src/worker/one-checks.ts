/**
 * Lets one worker check something for all of them. Many workers start at once after an outage, and each would make the
 * same requests. Nothing is wrong if two check nevertheless: they make the requests twice.
 */
import { performance } from "node:perf_hooks";
import type { SharedCache } from "../engine/ports.ts";

/** What is checked, by default: the journal's age. */
const ENTRY = "journal-age-check";

/** How long a worker that died in its check keeps the others waiting, ms. */
const HELD_MS = 60_000;

/** After a check, all rest ten times as long as it took, within these bounds, ms. */
const REST_MS = { factor: 10, least: 1_000, most: 60_000 };

/** @param extend the check calls it from time to time, so that it keeps its turn */
export type Check<Result> = (extend: () => Promise<void>) => Promise<Result>;

/** Runs the check, or returns null if another worker checks, or if the last check was just now. */
export async function oneChecks<Result>(
  cache: SharedCache,
  worker: string,
  check: Check<Result>,
  entry = ENTRY,
): Promise<Result | null> {
  if (await cache.readCached(entry)) return null;
  const extend = (): Promise<void> => cache.writeCached(entry, worker, HELD_MS);
  await extend();
  if ((await cache.readCached(entry)) !== worker) return null;
  const begun = performance.now();
  try {
    return await check(extend);
  } finally {
    const took = performance.now() - begun;
    const rest = Math.min(Math.max(REST_MS.factor * took, REST_MS.least), REST_MS.most);
    await cache.writeCached(entry, worker, Math.round(rest)).catch(() => undefined);
  }
}
