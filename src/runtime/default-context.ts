/** Opens the context of the public functions from the environment, on first use, once per process. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { once } from "../base/once.ts";
import { type Config, readConfig, unknownVariables } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { type CTOContext, closeInTurn, openContext } from "./context.ts";
import { doubtfulDefault } from "./home-journal.ts";
import { createLogger } from "./log.ts";

const others: (() => Promise<unknown>)[] = [];

/** We use our own database under CTO_HOME if the configuration names no other. */
const isEmbedded = ({ DATABASE_URL, MONGODB_URI, REDIS_URL }: Config): boolean =>
  DATABASE_URL === undefined && (MONGODB_URI === undefined || REDIS_URL === undefined);

/**
 * Refuses to create an empty installation by mistake: a program may run in another folder than `cto start`, and then
 * no worker would take what it enqueues. If CTO_HOME names the folder, we create it.
 */
export function requireHome(config: Config): void {
  if (process.env.CTO_HOME !== undefined || !isEmbedded(config)) return;
  const home = resolve(config.CTO_HOME);
  if (!existsSync(home)) throw new CTOError("CTO_E_HOME_MISSING", { home });
}

/** The process's context. We do not cache a failure: the next call tries to open again. */
export const defaultContext = once(async (): Promise<CTOContext> => {
  const config = readConfig();
  requireHome(config);
  const doubt = await doubtfulDefault(config);
  for (const problem of [...unknownVariables(), ...(doubt === null ? [] : [doubt])])
    createLogger(config).warn(problem);
  return openContext(config);
});

/**
 * Registers `close`: `closeAll` calls it, before the functions that were registered earlier.
 * @returns a function that removes the registration, for use after closing
 */
export function closeWithAll(close: () => Promise<unknown>): () => void {
  others.push(close);
  return () => {
    const at = others.indexOf(close);
    if (at >= 0) others.splice(at, 1);
  };
}

/**
 * Opens a context like `openContext`, for a program that owns it. `closeAll` closes it, unless the program has closed
 * it.
 */
export async function openOwnContext(config?: Config): Promise<CTOContext> {
  const context = await openContext(config);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= context.close().finally(forget);
    return closed;
  };
  const forget = closeWithAll(close);
  return { ...context, close };
}

/**
 * Closes everything that this process has opened (workers, contexts, the chain, the queue, the journal), in the
 * reverse order of opening, so that nothing keeps the process alive.
 *
 * Workers stop before the next signature, and the next start continues from there. Afterwards, everything opens again
 * on next use.
 */
export async function closeAll(): Promise<void> {
  const context = defaultContext.forget();
  await closeInTurn([async () => (await context?.catch(() => undefined))?.close(), ...others.splice(0)]);
}
