/** Defines `cto receipt`, which prints an operation's public receipt, and verifies it against the chain alone. */
import type { Command } from "commander";
import { createFailoverReader, loadReceipt, verifyAtEndpoints } from "../../receipts/index.ts";
import { findCluster } from "../../runtime/cluster-address.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";
import { describeReceipt, describeVerification } from "../receipt-text.ts";

const urlsOf = async ({ config }: CTOContext) => (await findCluster(config)).urls;

const EXAMPLES = `
Example:
  $ cto receipt op_4fQ… --verify

--verify asks the endpoints of SOLANA_RPC_URL in their order, until one answers and agrees with the receipt, or until
RESIGN_QUORUM of them do. An endpoint that shows more transactions than the receipt is named, whatever the others say.`;

export function addReceiptCommand(program: Command): void {
  program
    .command("receipt")
    .argument("<jobId>")
    .option("--verify", "rebuild it from the chain alone, by its memos, and compare")
    .description("print an operation's public receipt: every wallet, amount, price and signature")
    .addHelpText("after", EXAMPLES)
    .action(
      action<[jobId: string], { verify?: boolean }>(async (terminal, [jobId], { verify }) =>
        withContext(async (context) => {
          // Without --verify, a receipt needs no cluster. With --verify, a missing cluster is an error.
          const urls = verify ? await urlsOf(context) : await urlsOf(context).catch(() => null);
          const receipt = await loadReceipt(context, jobId, urls && createFailoverReader(urls));
          if (!verify || urls === null) {
            terminal.answer(receipt, () => describeReceipt(receipt, terminal.colours));
            return EXIT.done;
          }
          const verification = await verifyAtEndpoints(receipt, urls, context.config.RESIGN_QUORUM);
          terminal.answer({ ...receipt, verification }, () =>
            [
              describeReceipt(receipt, terminal.colours),
              describeVerification(verification, terminal.colours, receipt),
            ].join("\n"),
          );
          return verification.ok ? EXIT.done : EXIT.failed;
        }),
      ),
    );
}
