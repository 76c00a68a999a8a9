/** Defines `cto retry`, which creates a new operation for the legs that provably bought nothing. */
import type { Command } from "commander";
import { toJob } from "../../contract/present.ts";
import { retry } from "../../services/retry.ts";
import { action, withContext } from "../action.ts";
import { follow } from "../follow.ts";
import { noteTokenLabel } from "../note-token-label.ts";
import { watchToEnd } from "./watch.ts";

const HELP = `
Example:
  $ cto retry op_4fQ… --wait

The new operation has the wallets whose buys provably did not land, with the amounts and terms that they had, the prices of now,
and its own place under the limits. An operation is retried once at most; a retry can be retried itself.`;

export function addRetryCommand(program: Command): void {
  program
    .command("retry")
    .argument("<jobId>")
    .description("create a new operation for the legs that provably did not land, linked to this one")
    .option("--wait", "show the progress until it ends; needs a worker to run")
    .addHelpText("after", HELP)
    .action(
      action<[jobId: string], { wait?: boolean }>((terminal, [jobId], { wait }) =>
        withContext(async (context) => {
          const operation = await retry(context, jobId);
          const answer = { jobId: operation.id, retryOf: jobId, data: toJob(operation) };
          if (wait !== true) {
            terminal.answer(answer, () => `Accepted ${operation.id}. Next: cto watch ${operation.id}`);
            await noteTokenLabel(context, terminal, operation.request.tokenAddress);
            return undefined;
          }
          return watchToEnd(context, terminal, (signal) => follow(context, operation.id, terminal, signal));
        }),
      ),
    );
}
