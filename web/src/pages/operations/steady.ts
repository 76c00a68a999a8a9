/** Keeps a live list steady: rows change in place, new ones wait until the reader asks for them. */
import type { ListedOperation } from "../../api/types.ts";

export type Steady = {
  /** What is shown, in its order. */
  readonly shown: readonly ListedOperation[];
  /** How many newer ones the last answer had. */
  readonly newer: number;
};

/**
 * Takes a fresh answer for a list that is being read. A row under somebody's pointer must not be another one a moment
 * later, so that newer operations are only counted; an operation that no longer matches the filters stays until then.
 *
 * @param fresh newest first
 */
export function keepSteady(
  shown: readonly ListedOperation[] | null,
  fresh: readonly ListedOperation[],
): Steady {
  if (shown === null || shown.length === 0) return { shown: fresh, newer: 0 };
  const byId = new Map(fresh.map((operation) => [operation.id, operation]));
  const known = new Set(shown.map(({ id }) => id));
  const firstKnown = fresh.findIndex(({ id }) => known.has(id));
  return {
    shown: shown.map((operation) => byId.get(operation.id) ?? operation),
    newer: firstKnown === -1 ? fresh.length : firstKnown,
  };
}
