/** The kill switch: while it is on, nothing new is signed. What is in flight is followed to its end. */

import { type Run, stopIfInterrupted } from "../operation/journaling.ts";
import { note } from "../operation/note.ts";
import { isExpired } from "./expiry.ts";

/** How often a run that waits looks whether the halt was lifted, ms: the bound on "within a second". */
const LOOK_EVERY_MS = 500;

export const isHalted = async ({ ports }: Pick<Run, "ports">): Promise<boolean> =>
  (await ports.journal.readHalt()) !== null;

/**
 * Returns once nothing is halted, or once the operation is to be cancelled or has expired, where that matters.
 * @throws `LeaseLost` or `Interrupted` when another run must go on
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
