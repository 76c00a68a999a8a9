/**
 * Waits until BullMQ has opened its connections to PostgreSQL. If BullMQ is closed earlier, it forgets the connection for
 * LISTEN that it is still opening, and that connection keeps the process alive forever.
 */
import { within } from "../base/within.ts";

/** How long we wait, ms. A server that is away must not hold up the closing. */
const OPENED_WITHIN_MS = 5_000;

/** Call it before `close`. */
export async function untilOpened(opening: { waitUntilReady(): Promise<unknown> }): Promise<void> {
  const late = (): Error => new Error("PostgreSQL does not answer");
  await within(OPENED_WITHIN_MS, opening.waitUntilReady(), late).catch(() => undefined);
}
