/** Keeps a live list steady: rows change in place, and new rows appear only at the reader's request. */
import type { ListedOperation } from "../../api/types.ts";

export type Steady = {
  /** The shown operations, in their order. */
  readonly shown: readonly ListedOperation[];
  /** The number of newer operations in the last answer. */
  readonly newer: number;
};

/**
 * Merges a fresh answer into a list that is being read. The row under a pointer must not be replaced by another one, so
 * we only count newer operations. An operation that no longer matches the filters also stays until the reader requests
 * the new ones.
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
