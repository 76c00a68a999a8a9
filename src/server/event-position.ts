/** Checks the position that a reader of events states: the operation must have reached it. */
import type { Journal } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

/**
 * Checks a reader's position.
 *
 * @param after the number of the last event that the reader has; 0 for none
 * @throws `CTO_E_EVENTS_AHEAD` if the operation has no event with this number or a later one
 */
export async function requireReached(
  { journal }: { readonly journal: Pick<Journal, "readEvents"> },
  operationId: string,
  after: number,
): Promise<void> {
  if (after === 0) return;
  // Compaction removes events, but never the last one.
  const [found] = await journal.readEvents(operationId, after - 1, 1);
  if (found === undefined) throw new CTOError("CTO_E_EVENTS_AHEAD", { jobId: operationId, after });
}
