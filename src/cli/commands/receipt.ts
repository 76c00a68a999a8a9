/** Defines `cto receipt`, which prints an operation's public receipt, and verifies it against the chain alone. */
import type { Command } from "commander";
import { type ChainReader, createChainReader, loadReceipt, verifyReceipt } from "../../receipts/index.ts";
import { findCluster } from "../../runtime/cluster-address.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";
import { describeReceipt, describeVerification } from "../receipt-text.ts";

const openReader = async ({ config }: CTOContext): Promise<ChainReader> =>
  createChainReader((await findCluster(config)).urls[0]);

export function addReceiptCommand(program: Command): void {
  program
    .command("receipt")
    .argument("<jobId>")
    .option("--verify", "rebuild it from the chain alone, by its memos, and compare")
    .description("print an operation's public receipt: every wallet, amount, price and signature")
    .addHelpText("after", "\nExample:\n  $ cto receipt op_4fQ… --verify")
    .action(
      action<[jobId: string], { verify?: boolean }>(async (terminal, [jobId], { verify }) =>
        withContext(async (context) => {
          // Without --verify, a receipt needs no cluster. With --verify, a missing cluster is an error.
          const reader = verify ? await openReader(context) : await openReader(context).catch(() => null);
          const receipt = await loadReceipt(context, jobId, reader);
          if (!verify || reader === null) {
            terminal.answer(receipt, () => describeReceipt(receipt, terminal.colours));
            return EXIT.done;
          }
          const verification = await verifyReceipt(receipt, reader);
          terminal.answer({ ...receipt, verification }, () =>
            [
              describeReceipt(receipt, terminal.colours),
              describeVerification(verification, terminal.colours),
            ].join("\n"),
          );
          return verification.ok ? EXIT.done : EXIT.failed;
        }),
      ),
    );
}
