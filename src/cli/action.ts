/** Contains the parts that all commands share: the terminal, the context, and the exit code of an outcome. */
import type { Command } from "commander";
import { forTerminal } from "../base/visible.ts";
import { readConfig } from "../config.ts";
import { type CTOContext, openContext } from "../runtime/context.ts";
import { requireHome } from "../runtime/default-context.ts";
import { doubtfulDefault } from "../runtime/home-journal.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** The exit code; undefined means 0. */
export type Outcome = Promise<number | undefined> | Promise<void>;

/**
 * Wraps a command's work for commander, which calls it with the arguments, the options and the command.
 *
 * @example
 * program.command("cancel <jobId>").action(action(async (terminal, [jobId]) => { … }));
 */
export const action =
  <Arguments extends readonly unknown[], Options>(
    work: (terminal: Terminal, given: Arguments, options: Options) => Outcome,
  ) =>
  async (...call: unknown[]): Promise<void> => {
    const command = call.at(-1) as Command;
    const options = call.at(-2) as Options;
    const terminal = openTerminal({ json: command.optsWithGlobals().json === true });
    const code = await work(terminal, call.slice(0, -2) as unknown as Arguments, options);
    if (typeof code === "number") process.exitCode = code;
  };

/**
 * Opens the journal and the queue of the environment, and closes them in every case. Only `cto start` creates a new
 * installation in a folder that nobody named.
 */
export async function withContext<T>(work: (context: CTOContext) => Promise<T>): Promise<T> {
  const config = readConfig();
  requireHome(config);
  const doubt = await doubtfulDefault(config);
  if (doubt !== null) process.stderr.write(`${forTerminal(doubt)}\n`);
  const context = await openContext(config);
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}
