/**
 * Defines `cto programs`, which fetches and lists the venues' own programs for the localnet and the conformance tests.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { readConfig } from "../../config.ts";
import { readProgramsFolder } from "../../localnet/programs-folder.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { action } from "../action.ts";
import { fetchPrograms } from "../programs/fetch.ts";

type Options = { out?: string };

const HELP = `
Examples:
  $ cto programs fetch
  $ cto programs list
  $ cto demo --venue pumpfun`;

const folderOf = ({ out }: Options): string => out ?? join(readConfig().CTO_HOME, "programs");

export function addProgramsCommand(program: Command): void {
  const programs = program
    .command("programs")
    .description("the venues' own programs, for the localnet")
    .addHelpText("after", HELP);
  programs
    .command("fetch")
    .option("--out <folder>", "where to (default: <CTO_HOME>/programs)")
    .description("dump programs and the accounts that they need from SOLANA_RPC_URL")
    .addHelpText("after", "\nExamples:\n  $ cto programs fetch\n  $ cto programs fetch --out programs")
    .action(
      action<[], Options>((terminal, _given, options) =>
        withChainPorts({ config: readConfig() }, async ({ chain }) => {
          const files = await fetchPrograms(chain, folderOf(options), terminal.note);
          const absent = files.filter(({ outcome }) => outcome === "absent").length;
          terminal.answer(files, () => `${files.length - absent} files, ${absent} not on this cluster.`);
        }),
      ),
    );
  programs
    .command("list")
    .option("--out <folder>", "which folder (default: <CTO_HOME>/programs)")
    .description("show what the folder holds")
    .addHelpText("after", "\nExample:\n  $ cto programs list")
    .action(
      action<[], Options>(async (terminal, _given, options) => {
        const { programs: found, accounts, folder } = readProgramsFolder(folderOf(options));
        const listed = { folder, programs: found, accounts: [...accounts.keys()] };
        terminal.answer(listed, () =>
          [
            folder,
            ...found.map(({ address, path }) => `  ${address}  ${path}`),
            ...listed.accounts.map((name) => `  account ${name}`),
          ].join("\n"),
        );
      }),
    );
}
