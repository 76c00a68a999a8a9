/** Defines `cto recover`, which returns an operation's unspent funds from its wallets, or previews the return. */
import type { Command } from "commander";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { previewRecovery } from "../../services/preview-recovery.ts";
import { recover } from "../../services/recovery.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";
import { integer } from "../numbers.ts";
import { describeRecovery, describeRecoveryPreview } from "../recovery-text.ts";

const HELP = `
Examples:
  $ cto recover op_4fQ… --dry-run  # what would go back now; nothing is signed or stored
  $ cto recover op_4fQ…

Money that was sent to the buyers ahead of their buys and was not spent goes back to the funding wallet, with the rents of
token accounts that the operation opened and that are empty. What a wallet had before is never touched. A worker does it,
at most once per leg, in the open: cto:1:<operation>:recover:<leg>/<legs>. A repeated request returns nothing twice.`;

export function addRecoverCommand(program: Command): void {
  program
    .command("recover")
    .argument("<jobId>")
    .description("return what an operation left in its buyer wallets to the funding wallet")
    .option("--dry-run", "only show what would go back now")
    .option(
      "--wait <seconds>",
      "how long to wait for the operation to be final, and for a worker to do it",
      integer(1, 86_400),
      120,
    )
    .addHelpText("after", HELP)
    .action(
      action<[jobId: string], { wait: number; dryRun?: boolean }>(
        async (terminal, [jobId], { wait, dryRun = false }) =>
          withContext(async (context) => {
            const options = { waitMs: wait * 1_000 };
            if (dryRun) {
              const preview = await withChainPorts(context, (ports) =>
                previewRecovery(context, ports, jobId, options),
              );
              terminal.answer({ ...preview, dryRun }, () =>
                describeRecoveryPreview(preview, terminal.colours),
              );
              return EXIT.done;
            }
            terminal.note(`Recovering ${jobId}; a worker does it ...`);
            const answer = await recover(context, jobId, options);
            terminal.answer(answer, () => describeRecovery(answer, terminal.colours));
            return answer.state === "done" && answer.failure === undefined ? EXIT.done : EXIT.failed;
          }),
      ),
    );
}
