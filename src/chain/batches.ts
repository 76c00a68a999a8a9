/**
 * Splits reads into batches that the endpoints accept. The limit of accounts or signatures per call depends on the
 * provider's plan, and only a refusal shows it. We halve a refused batch and keep the smaller size.
 */
import { CTOError } from "../errors/index.ts";
import type { NodeError } from "./endpoint.ts";
import { isTooMany } from "./refusals.ts";

/** The most items per call. All calls of a kind share it, so that they hit a limit only once. */
export type BatchSize = { most: number };

/** For `settle`: returns null if the endpoint may accept fewer items. For a single item, the refusal stays an error. */
export const settleTooMany =
  (items: number) =>
  (error: NodeError): null | undefined =>
    items > 1 && isTooMany(error) ? null : undefined;

/**
 * Requests all items in batches of at most `size.most`.
 *
 * @param read returns null if the endpoint refuses the batch as too large, see {@link settleTooMany}
 */
export async function readInBatches<Item, Answer>(
  items: readonly Item[],
  size: BatchSize,
  read: (batch: Item[]) => Promise<Answer | null>,
): Promise<Answer[]> {
  for (;;) {
    const most = Math.min(size.most, Math.max(1, items.length));
    const answers = await Promise.all(chunk(items, most).map(read));
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
