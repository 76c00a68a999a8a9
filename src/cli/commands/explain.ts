/** Defines `cto explain`, which prints the story of one operation in plain sentences. */
import type { Command } from "commander";
import { explainOperation, storyText } from "../../services/explain.ts";
import { action, withContext } from "../action.ts";

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .argument("<jobId>")
    .description(
      "print the story of an operation: why it waited, what was passed over, what was signed again",
    )
    .addHelpText("after", "\nExample:\n  $ cto explain op_4fQ…")
    .action(
      action<[jobId: string], object>((terminal, [jobId]) =>
        withContext(async (context) => {
          const story = await explainOperation(context, jobId);
          terminal.answer(story, () => storyText(story));
        }),
      ),
    );
}
