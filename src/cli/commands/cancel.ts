/** Defines `cto cancel`, which stops an operation before its next leg. */
import type { Command } from "commander";
import { cancel } from "../../services/operations.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";

export function addCancelCommand(program: Command): void {
  program
    .command("cancel")
    .argument("<jobId>")
    .description("cancel an operation: no new leg begins, what is in flight finishes")
    .addHelpText("after", "\nExample:\n  $ cto cancel op_4fQ…")
    .action(
      action<[jobId: string], object>(async (terminal, [jobId]) => {
        const answer = await withContext((context) => cancel(context, jobId));
        terminal.answer(answer, () => answer.message ?? answer.error ?? "");
        return answer.success ? EXIT.done : EXIT.failed;
      }),
    );
}
