/** `cto recover`: returns what an operation left in its wallets. */
import type { Command } from "commander";
import { recover } from "../../jobs/recovery.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";
import { integer } from "../numbers.ts";
import { describeRecovery } from "../recovery-text.ts";

const HELP = `
Example:
  $ cto recover op_4fQ…

Money that was sent to the buyers ahead of their buys and was not spent goes back to the funding wallet, with the rents of
token accounts that the operation opened and that are empty. What a wallet had before is never touched. A worker does it,
at most once per leg, in the open: cto:1:<operation>:recover:<leg>/<legs>. Asking again returns nothing twice.`;

export function addRecoverCommand(program: Command): void {
  program
    .command("recover")
    .argument("<jobId>")
    .description("return what an operation left in its buyer wallets to the funding wallet")
    .option("--wait <seconds>", "how long to wait for a worker to do it", integer(1, 86_400), 120)
    .addHelpText("after", HELP)
    .action(
      action<[jobId: string], { wait: number }>(async (terminal, [jobId], { wait }) => {
        terminal.note(`Recovering ${jobId}; a worker does it ...`);
        const answer = await withContext((context) => recover(context, jobId, { waitMs: wait * 1_000 }));
        terminal.answer(answer, () => describeRecovery(answer, terminal.colours));
        return answer.state === "done" && answer.failure === undefined ? EXIT.done : EXIT.failed;
      }),
    );
}
