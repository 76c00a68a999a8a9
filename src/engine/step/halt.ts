/** Implements the kill switch: during a halt nothing new is signed. Steps in flight are followed to their end. */

import { type Run, stopIfInterrupted } from "../operation/journaling.ts";
import { note } from "../operation/note.ts";
import { isExpired } from "./expiry.ts";

/**
 * The interval at which a waiting run checks whether the halt was lifted, ms. It guarantees that the run continues
 * "within a second".
 */
const LOOK_EVERY_MS = 500;

export const isHalted = async ({ ports }: Pick<Run, "ports">): Promise<boolean> =>
  (await ports.journal.readHalt()) !== null;

/**
 * Resolves when there is no halt. If `cancellable`, also when a cancellation was requested or the operation has
 * expired.
 *
 * @throws `LeaseLost` or `Interrupted` if another run must continue
 */
export async function waitWhileHalted(run: Run, cancellable: boolean): Promise<void> {
  const { journal, clock } = run.ports;
  for (;;) {
    const halt = await journal.readHalt();
    if (halt === null) break;
    await note(run, { kind: "waits", why: `all signing is halted: ${halt.reason}` });
    stopIfInterrupted(run.signal);
    if (cancellable && (await journal.readOperation(run.operation.id))?.cancelRequested) return;
    if (cancellable && isExpired(run.operation, clock.now())) return;
    await clock.sleep(LOOK_EVERY_MS, run.signal);
  }
  stopIfInterrupted(run.signal);
}
