/**
 * Defines `cto wallets sweep`, which returns all SOL of a user's buyer wallets to the funding wallet, after a preview
 * and a confirmation.
 */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { formatSol } from "../../base/sol.ts";
import { parseSol } from "../../contract/amount.ts";
import { CTOError } from "../../errors/index.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { previewSweep, type SweepPreview, startSweep } from "../../services/sweep-wallets.ts";
import { action, withContext } from "../action.ts";
import { openCounter } from "../counter.ts";
import { EXIT, failureLines } from "../failures.ts";
import { follow } from "../follow.ts";
import { describeRecovery } from "../recovery-text.ts";
import { short, table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const HELP = `
Examples:
  $ cto wallets sweep user123               # shows what would go, and asks where there is somebody to ask
  $ cto wallets sweep user123 --yes 0.0421  # the previewed total, in SOL

Every buyer wallet returns all its SOL to the funding wallet, which pays the fees, and closes its empty token accounts.
Tokens stay where they are; nothing is sold. Each transaction carries cto:1:<id>:recover:<n>/<all>. A worker does it.`;

const describePreview = (
  { wallets, totalLamports, funding, feeLamports }: SweepPreview,
  terminal: Terminal,
) =>
  [
    table(
      [{ title: "wallet" }, { title: "SOL", right: true }, { title: "empty accounts", right: true }],
      wallets.map(({ wallet, lamports, accounts }) => [
        short(wallet.address),
        formatSol(lamports),
        String(accounts.length),
      ]),
      terminal.colours,
    ),
    `${formatSol(totalLamports)} SOL from ${wallets.length} wallet${wallets.length === 1 ? "" : "s"} would go to ${funding.address}; fees of about ${formatSol(feeLamports)} SOL`,
  ].join("\n");

const previewJson = ({ wallets, totalLamports, funding, feeLamports }: SweepPreview) => ({
  preview: true,
  funding: funding.address,
  totalLamports,
  feeLamports,
  wallets: wallets.map(({ wallet, lamports, accounts }) => ({
    walletId: wallet.id,
    address: wallet.address,
    lamports,
    emptyAccounts: accounts.length,
  })),
});

/** Lets a person type the total. Returns null if there is no interactive terminal. */
async function ask({ json }: Terminal, total: string): Promise<string | null> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) return null;
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (
      await reader.question(`Type the total (${total}) to return it, anything else to leave it: `)
    ).trim();
  } finally {
    reader.close();
  }
}

/** Returns the sweep's id; null if it was only previewed. */
async function previewAndStart(
  context: CTOContext,
  terminal: Terminal,
  user: string,
  confirmed: string | undefined,
): Promise<string | null> {
  return withChainPorts(context, async (ports) => {
    const counting = openCounter(terminal, "wallets read");
    if (confirmed !== undefined)
      return startSweep(context, ports, user, parseSol(confirmed), counting.count).finally(counting.done);
    const preview = await previewSweep(context, ports, user, counting.count).finally(counting.done);
    terminal.answer(previewJson(preview), () => describePreview(preview, terminal));
    if (preview.totalLamports === 0n) return null;
    const total = formatSol(preview.totalLamports);
    const typed = await ask(terminal, total);
    if (typed === null) terminal.note(`Nothing was done; --yes ${total} does it`);
    return typed === total ? startSweep(context, ports, user, preview.totalLamports) : null;
  });
}

export function addWalletSweep(wallets: Command): void {
  wallets
    .command("sweep")
    .argument("<user>")
    .description(
      "return all SOL of a user's buyer wallets to the funding wallet; without --yes it only shows",
    )
    .option("--yes <SOL>", "do it: the previewed total, which must still be right")
    .addHelpText("after", HELP)
    .action(
      action<[user: string], { yes?: string }>(async (terminal, [user], { yes }) =>
        withContext(async (context) => {
          const id = await previewAndStart(context, terminal, user, yes);
          if (id === null) return EXIT.done;
          const status = await follow(context, id, terminal, new AbortController().signal);
          const { recovery } = status.result;
          if (recovery === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: `${id} is no sweep` });
          terminal.answer({ jobId: id, status: status.status, ...recovery }, () =>
            [
              id,
              describeRecovery(recovery, terminal.colours, "Sweep"),
              ...(status.failure ? failureLines(status.failure, terminal.colours) : []),
            ].join("\n"),
          );
          return status.status === "completed" && !status.result.partial ? EXIT.done : EXIT.failed;
        }),
      ),
    );
}
