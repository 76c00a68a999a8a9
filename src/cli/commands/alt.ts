/** `cto alt create`: a lookup table of the venues' stable accounts, which makes transactions smaller. */
import type { Command } from "commander";
import { makeLookupTable } from "../../jobs/lookup-table.ts";
import { openWorkerPorts } from "../../jobs/worker-ports.ts";
import { action, withContext } from "../action.ts";

const HELP = `
Example:
  $ cto alt create alice

The user's funding wallet pays for it and is its authority. Put the address into CTO_LOOKUP_TABLES of every worker; without
a table everything that fits into 1232 bytes works as before, and what does not is funded ahead.`;

export function addAltCommand(program: Command): void {
  program
    .command("alt")
    .description("address lookup tables")
    .command("create")
    .argument("<user>", "whose funding wallet pays")
    .description("make a lookup table of the accounts that all buys share")
    .addHelpText("after", HELP)
    .action(
      action<[userId: string], object>((terminal, [userId]) =>
        withContext(async (context) => {
          const { ports, close } = await openWorkerPorts(context);
          try {
            const made = await makeLookupTable(context, ports, userId, terminal.note);
            terminal.answer(
              made,
              () => `${made.table} holds ${made.accounts.length} addresses.\nCTO_LOOKUP_TABLES=${made.table}`,
            );
          } finally {
            close();
          }
        }),
      ),
    );
}
