/** The context that the public functions use: opened from the environment on first use, once per process. */
import { once } from "../base/once.ts";
import { readConfig, unknownVariables } from "../config.ts";
import { type CTOContext, closeInTurn, openContext } from "./context.ts";
import { createLogger } from "./log.ts";

const others: (() => Promise<unknown>)[] = [];

/** The process's context. A failure to open is not kept: the next call tries again. */
export const defaultContext = once(async (): Promise<CTOContext> => {
  const config = readConfig();
  for (const problem of unknownVariables()) createLogger(config).warn(problem);
  return openContext(config);
});

/** Has `close` called by `closeAll`, before what was registered earlier. */
export function closeWithAll(close: () => Promise<unknown>): void {
  others.push(close);
}

/** Closes the process's workers, queue and journal. Afterwards they open again on next use. */
export async function closeAll(): Promise<void> {
  const context = defaultContext.forget();
  await closeInTurn([async () => (await context?.catch(() => undefined))?.close(), ...others.splice(0)]);
}
