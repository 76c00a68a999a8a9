/** Defines `cto restore`, which declares that the database was restored from a backup. */
import type { Command } from "commander";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { declareRestore } from "../../services/restore.ts";
import { action, withContext } from "../action.ts";

const HELP = `
Example:
  $ cto restore --reason "the disk died"

A backup does not contain what was signed after it. Stop all workers, put the backup back, run this once, then start them.
No step of the backup is signed until its wallet's history, read from as many endpoints as RESIGN_QUORUM says, shows that it
was not bought already. What is found there counts as landed; what cannot be proved goes to review. docs/runbook.md has all
steps.`;

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .description("declare that the database was restored from a backup")
    .requiredOption("--reason <text>", "why, for the audit log")
    .addHelpText("after", HELP)
    .action(
      action<[], { reason: string }>(async (terminal, _given, { reason }) => {
        const declared = await withContext((context) =>
          withChainPorts(context, (ports) => declareRestore(context, ports, reason)),
        );
        const { since, lastValidBlockHeight, open } = declared;
        terminal.answer(declared, () =>
          [
            `Declared: histories are searched back to slot ${since}; no step of the backup is signed before block ${lastValidBlockHeight + 1n} is final`,
            `${open} operations are open; each of their unsigned steps is proved first`,
          ].join("\n"),
        );
      }),
    );
}
