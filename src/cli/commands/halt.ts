/** Defines `cto halt` and `cto resume`, which stop all new signatures and allow them again. */
import type { Command } from "commander";
import { journalPlace } from "../../runtime/places.ts";
import { halt, resume } from "../../services/limits.ts";
import { action, withContext } from "../action.ts";

const HALT_HELP = `
Example:
  $ cto halt --reason "a venue misbehaves"

No process signs anything new from half a second later on. What is in flight is followed to its end; operations that
are not done wait, and go on after cto resume. Cancelling works meanwhile.`;

export function addHaltCommands(program: Command): void {
  program
    .command("halt")
    .description("stop all new signatures, everywhere")
    .requiredOption("--reason <text>", "why, for the record and for those who wait")
    .addHelpText("after", HALT_HELP)
    .action(
      action<[], { reason: string }>(async (terminal, _given, { reason }) => {
        const { halted, place } = await withContext(async (context) => ({
          halted: await halt(context, reason),
          place: journalPlace(context.config),
        }));
        terminal.answer(halted, () =>
          [
            `Halted by ${halted.by} at ${halted.at.toISOString()}: ${halted.reason}`,
            `This stops the workers whose journal is the ${place}, and no others`,
          ].join("\n"),
        );
      }),
    );
  program
    .command("resume")
    .description("allow signing again after a halt")
    .addHelpText("after", "\nExample:\n  $ cto resume")
    .action(
      action<[], object>(async (terminal) => {
        const lifted = await withContext((context) => resume(context));
        terminal.answer({ halted: false }, () =>
          lifted === null
            ? "Nothing was halted: signing goes on as before"
            : `Signing goes on: the halt by ${lifted.by} is lifted (${lifted.reason}). What waits goes on by itself`,
        );
      }),
    );
}
