/**
 * Creates a journal in memory with the semantics of the durable ones, for the simulator, which simulates time and faults.
 */
import type { Directory, Journal, SharedCache } from "../../engine/ports.ts";
import { memoryApiKeys } from "./api-keys.ts";
import { memoryAudit } from "./audit.ts";
import { memoryCache } from "./cache.ts";
import { memoryDirectory } from "./directory.ts";
import { memoryLeases } from "./leases.ts";
import { memoryLimits } from "./limits.ts";
import { memoryNotes } from "./notes.ts";
import { memoryOperations } from "./operations.ts";
import { memoryRestore } from "./restore.ts";
import { emptyState } from "./state.ts";
import { memorySteps } from "./steps.ts";
import { memoryWebhooks } from "./webhooks.ts";

/**
 * Creates an empty journal. It has no timers and no randomness: it takes every time from `now`. Each method
 * does all its work before it first yields, so it is atomic.
 * @example
 * const journal = createMemoryJournal({ now: () => clock.now() });
 */
export const createMemoryJournal = ({ now }: { now: () => Date }): Journal & Directory & SharedCache => {
  const state = emptyState(now);
  return {
    ...memoryApiKeys(state),
    ...memoryAudit(now),
    ...memoryCache(now),
    ...memoryDirectory(state),
    ...memoryLeases(state),
    ...memoryLimits(now),
    ...memoryNotes(),
    ...memoryOperations(state),
    ...memoryRestore(state),
    ...memorySteps(state),
    ...memoryWebhooks(state),
  };
};
