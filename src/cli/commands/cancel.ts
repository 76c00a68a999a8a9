/** Defines `cto cancel`, which stops an operation before its next leg. */
import type { Command } from "commander";
import { requestCancel } from "../../services/operations.ts";
import { action, withContext } from "../action.ts";

export function addCancelCommand(program: Command): void {
  program
    .command("cancel")
    .argument("<jobId>")
    .description("cancel an operation: no new leg begins, what is in flight finishes")
    .addHelpText("after", "\nExample:\n  $ cto cancel op_4fQ…")
    .action(
      action<[jobId: string], object>(async (terminal, [jobId]) => {
        const message = await withContext((context) => requestCancel(context, jobId));
        terminal.answer({ success: true, message }, () => message);
      }),
    );
}
