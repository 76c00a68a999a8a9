/** The context that the public functions use: opened from the environment on first use, once per process. */
import { readConfig, unknownVariables } from "../config.ts";
import { type CTOContext, closeInTurn, openContext } from "./context.ts";
import { createLogger } from "./log.ts";

let opened: Promise<CTOContext> | undefined;
const others: (() => Promise<unknown>)[] = [];

/** The process's context. A failure to open is not kept: the next call tries again. */
export function defaultContext(): Promise<CTOContext> {
  opened ??= openFromEnvironment().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function openFromEnvironment(): Promise<CTOContext> {
  const config = readConfig();
  for (const problem of unknownVariables()) createLogger(config).warn(problem);
  return openContext(config);
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
