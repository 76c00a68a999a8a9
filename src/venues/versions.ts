/**
 * Which version of a venue's buy instruction the deployed program takes. Programs are upgraded without notice, so the
 * newest is tried first, in simulation; what passed is tried first for a while, by every process, and then the newest
 * again. A preference that an upgrade made stale costs one simulation: it refuses, and the others follow.
 */
import { z } from "zod";
import type { SharedCache, VenueCode } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";

/** How long what has passed is preferred, ms. */
const REMEMBERED_MS = 24 * 3_600_000;

export type Versions = {
  /** All of `count` versions, in the order in which they are to be tried. */
  order(count: number): Promise<readonly number[]>;
  accepted(version: number): Promise<void>;
};

/** Of a program that has one version only. */
const ONLY: readonly number[] = [0];

const remembered = z.coerce.number().int().nonnegative();

/** A cache that fails is one that does not know: nothing rests on it. */
const orNull = async <Value>(work: Promise<Value>): Promise<Value | null> => {
  try {
    return await work;
  } catch (error) {
    if (isCTOError(error)) return null;
    throw error;
  }
};

/** @param cache shared by all processes; without it each finds out by itself */
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
