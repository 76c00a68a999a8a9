/**
 * Defines `cto alt`, which creates a lookup table of the venues' stable accounts, and shows a table's entries. Such a
 * table makes transactions smaller.
 */
import { type Address, isAddress } from "@solana/kit";
import type { Command } from "commander";
import { CTOError } from "../../errors/index.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { openWorkerPorts } from "../../runtime/worker-ports.ts";
import { makeLookupTable } from "../../services/lookup-table.ts";
import { type LookupTableView, viewLookupTables } from "../../services/lookup-table-view.ts";
import { action, withContext } from "../action.ts";

const CREATE_HELP = `
Example:
  $ cto alt create alice

The user's funding wallet pays for it and is its authority; each of its transactions carries the memo cto:1:alt:<table>.
Put the address into CTO_LOOKUP_TABLES of every worker. A table is optional: without one, a buy that does not fit into 1232
bytes is funded ahead. Only transactions of version 0 use tables. If the cluster and all signers support version 1, as on
mainnet, a transaction has 4096 bytes and needs no table.`;

const SHOW_HELP = `
Examples:
  $ cto alt show                  those of CTO_LOOKUP_TABLES
  $ cto alt show <table>`;

const describe = ({ table, authority, isUsable, entries, lacks }: LookupTableView): string =>
  [
    `${table}: ${entries.length} addresses, ${isUsable ? "usable" : "not usable"}`,
    `  authority: ${authority ?? "none"}`,
    ...(lacks.length === 0 ? ["  holds all that buys share"] : lacks.map((account) => `  lacks ${account}`)),
  ].join("\n");

const addressesOf = (given: readonly string[]): Address[] =>
  given.map((text) => {
    if (isAddress(text)) return text;
    throw new CTOError("CTO_E_USAGE", { problem: `"${text}" is not a Solana address` });
  });

function addCreate(alt: Command): void {
  alt
    .command("create")
    .argument("<user>", "whose funding wallet pays")
    .description("make a lookup table of the accounts that all buys share")
    .addHelpText("after", CREATE_HELP)
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

function addShow(alt: Command): void {
  alt
    .command("show")
    .argument("[tables...]", "their addresses; without any, those of CTO_LOOKUP_TABLES")
    .description("show the addresses in lookup tables, and those that are missing")
    .addHelpText("after", SHOW_HELP)
    .action(
      action<[tables: string[]], object>((terminal, [given]) =>
        withContext(async (context) => {
          const tables = addressesOf(given.length > 0 ? given : (context.config.CTO_LOOKUP_TABLES ?? []));
          const views =
            tables.length === 0
              ? []
              : await withChainPorts(context, ({ chain }) => viewLookupTables(chain, tables));
          terminal.answer(views, () =>
            views.length === 0 ? "No lookup table is configured." : views.map(describe).join("\n"),
          );
        }),
      ),
    );
}

export function addAltCommand(program: Command): void {
  const alt = program.command("alt").description("address lookup tables");
  addCreate(alt);
  addShow(alt);
}
