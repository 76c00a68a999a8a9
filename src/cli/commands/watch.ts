/** Defines `cto watch`, which shows an operation's progress until it ends. */
import type { Command } from "commander";
import type { CTOContext } from "../../runtime/context.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";
import { follow } from "../follow.ts";
import { describeStatus, isFullSuccess, type KnownStatus, statusDecimals } from "../status-text.ts";
import type { Terminal } from "../terminal.ts";
import { listenForStop } from "../until-stopped.ts";

/** Follows an operation and prints its final status. Returns exit code 0 only if every leg landed. */
export async function watchToEnd(
  context: CTOContext,
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<KnownStatus>,
): Promise<number> {
  const stop = listenForStop();
  try {
    const status = await work(stop.signal);
    const decimals = terminal.json ? undefined : await statusDecimals(context, status);
    terminal.answer(status, () => describeStatus(status, decimals, terminal.colours));
    return isFullSuccess(status) ? EXIT.done : EXIT.failed;
  } finally {
    stop.dispose();
  }
}

export function addWatchCommand(program: Command): void {
  program
    .command("watch")
    .argument("<jobId>")
    .description("show an operation's progress until it ends; exit code 0 only when every leg landed")
    .addHelpText("after", "\nExample:\n  $ cto watch op_4fQ…")
    .action(
      action<[jobId: string], object>((terminal, [jobId]) =>
        withContext((context) =>
          watchToEnd(context, terminal, (signal) => follow(context, jobId, terminal, signal)),
        ),
      ),
    );
}
