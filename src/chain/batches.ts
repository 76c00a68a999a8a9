/**
 * Reads in batches of a size that the endpoints take. Plans differ in how many accounts or signatures one call may name, and
 * tell it only by refusing: a refused batch is halved, and the smaller size is kept.
 */
import { CTOError } from "../errors/index.ts";
import type { NodeError } from "./endpoint.ts";
import { isTooMany } from "./refusals.ts";

/** The most items of one call. Shared by all calls of its kind, so that a limit is met once. */
export type BatchSize = { most: number };

/** For `settle`: null where fewer items may be answered. One item alone is an error like any other. */
export const settleTooMany =
  (items: number) =>
  (error: NodeError): null | undefined =>
    items > 1 && isTooMany(error) ? null : undefined;

/**
 * Asks for all items, as many at once as the size says.
 *
 * @param ask answers null where the endpoint finds the batch too large, see {@link settleTooMany}
 */
export async function askInBatches<Item, Answer>(
  items: readonly Item[],
  size: BatchSize,
  ask: (batch: Item[]) => Promise<Answer | null>,
): Promise<Answer[]> {
  for (;;) {
    const most = Math.min(size.most, Math.max(1, items.length));
    const answers = await Promise.all(chunk(items, most).map(ask));
    const taken = answers.filter((answer): answer is Awaited<Answer> & Answer => answer !== null);
    if (taken.length === answers.length) return taken;
    if (most === 1) throw new CTOError("CTO_E_INTERNAL", { reason: "a batch of one was called too large" });
    size.most = Math.min(size.most, Math.floor(most / 2));
  }
}

/** Cuts a list into groups of at most `size`. */
export function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
