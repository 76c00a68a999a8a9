/** The context that the seed's functions use: opened from the environment on first use, once per process. */
import { type CTOContext, closeInTurn, openContext } from "./context.ts";

let opened: Promise<CTOContext> | undefined;
const others: (() => Promise<unknown>)[] = [];

/** The process's context. A failure to open is not kept: the next call tries again. */
export function defaultContext(): Promise<CTOContext> {
  opened ??= openContext().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Has `close` called by `closeAll`, before what was registered earlier. */
export function closeWithAll(close: () => Promise<unknown>): void {
  others.push(close);
}

/** Closes the process's workers, queue and journal. Afterwards they open again on next use. */
export async function closeAll(): Promise<void> {
  const context = opened;
  opened = undefined;
  await closeInTurn([async () => (await context?.catch(() => undefined))?.close(), ...others.splice(0)]);
}
