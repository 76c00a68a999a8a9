/**
 * Finds which version of a venue's buy instruction the deployed program accepts.
 *
 * Programs are upgraded without notice, so we try the newest version first, in simulation. All processes then try the
 * accepted version first for a while, and after that the newest again. If an upgrade makes the remembered version
 * invalid, that costs one simulation: the program refuses it, and we try the others.
 */
import { z } from "zod";
import type { SharedCache, VenueCode } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";

/** How long we prefer a version that was accepted, ms. */
const REMEMBERED_MS = 24 * 3_600_000;

export type Versions = {
  /** All of `count` versions, in the order to try them. */
  order(count: number): Promise<readonly number[]>;
  accepted(version: number): Promise<void>;
};

/** The order for a program that has one version only. */
const ONLY: readonly number[] = [0];

const remembered = z.coerce.number().int().nonnegative();

/** Treats a failure of the cache as a missing entry, because nothing depends on the cache. */
const orNull = async <Value>(work: Promise<Value>): Promise<Value | null> => {
  try {
    return await work;
  } catch (error) {
    if (isCTOError(error)) return null;
    throw error;
  }
};

/** @param cache shared by all processes; without it, each process finds the version itself */
export const createVersions = (
  venue: VenueCode,
  cache?: SharedCache,
  now: () => number = Date.now,
): Versions => {
  const key = `buy-version/${venue}`;
  let own: { version: number; until: number } | undefined;
  const preferred = async (): Promise<number | null> => {
    if (own !== undefined && own.until > now()) return own.version;
    const text = cache === undefined ? null : await orNull(cache.readCached(key));
    const read = remembered.safeParse(text ?? undefined);
    return read.success ? read.data : null;
  };
  return {
    async order(count) {
      if (count === 1) return ONLY;
      const all = Array.from({ length: count }, (_, version) => version);
      const first = await preferred();
      if (first === null || first >= count) return all;
      return [first, ...all.filter((other) => other !== first)];
    },
    async accepted(version) {
      if (own?.version === version && own.until > now()) return;
      own = { version, until: now() + REMEMBERED_MS };
      if (cache !== undefined) await orNull(cache.writeCached(key, String(version), REMEMBERED_MS));
    },
  };
};
