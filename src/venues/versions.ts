/**
 * Which version of a venue's buy instruction the deployed program takes. Programs are upgraded without notice, so the
 * newest is tried first, in simulation; what passed is tried first for a while, and then the newest again.
 */
import type { Versions } from "./open-direct.ts";

/** How long an older version is preferred once it has passed, ms. */
const REMEMBERED_MS = 600_000;

export const createVersions = (now: () => number = Date.now): Versions => {
  let preferred: { version: number; until: number } | undefined;
  return {
    order(count) {
      const all = Array.from({ length: count }, (_, version) => version);
      if (preferred === undefined || preferred.until < now()) return all;
      const { version } = preferred;
      return [version, ...all.filter((other) => other !== version)];
    },
    accepted(version) {
      preferred = { version, until: now() + REMEMBERED_MS };
    },
  };
};
