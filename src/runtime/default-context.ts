/** The context that the public functions use: opened from the environment on first use, once per process. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { once } from "../base/once.ts";
import { type Config, readConfig, unknownVariables } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { type CTOContext, closeInTurn, openContext } from "./context.ts";
import { createLogger } from "./log.ts";

const others: (() => Promise<unknown>)[] = [];

/** A database of ours under CTO_HOME is what remains when no other is named. */
const isEmbedded = ({ DATABASE_URL, MONGODB_URI, REDIS_URL }: Config): boolean =>
  DATABASE_URL === undefined && (MONGODB_URI === undefined || REDIS_URL === undefined);

/**
 * A program that runs in another folder than `cto start` must not find an empty installation there: what it asks for would be
 * accepted by nobody. Where CTO_HOME names the folder, it is made.
 */
function requireHome(config: Config): void {
  if (process.env.CTO_HOME !== undefined || !isEmbedded(config)) return;
  const home = resolve(config.CTO_HOME);
  if (!existsSync(home)) throw new CTOError("CTO_E_HOME_MISSING", { home });
}

/** The process's context. A failure to open is not kept: the next call tries again. */
export const defaultContext = once(async (): Promise<CTOContext> => {
  const config = readConfig();
  requireHome(config);
  for (const problem of unknownVariables()) createLogger(config).warn(problem);
  return openContext(config);
});

/**
 * Has `close` called by `closeAll`, before what was registered earlier.
 * @returns takes that back, once it is closed
 */
export function closeWithAll(close: () => Promise<unknown>): () => void {
  others.push(close);
  return () => {
    const at = others.indexOf(close);
    if (at >= 0) others.splice(at, 1);
  };
}

/** As `openContext`, for a program of its own: `closeAll` closes it, unless the program has. */
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
 * Closes everything that this process has opened: workers, contexts, the chain, the queue and the journal, in the reverse order
 * of their opening, so that nothing keeps the process alive. Workers stop before the next signature, and the next start goes on
 * from there. Afterwards everything opens again on next use.
 */
export async function closeAll(): Promise<void> {
  const context = defaultContext.forget();
  await closeInTurn([async () => (await context?.catch(() => undefined))?.close(), ...others.splice(0)]);
}
