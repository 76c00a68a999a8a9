/** Defines `cto import`, which imports an existing bot's users and wallets. */
import type { Command } from "commander";
import { visible } from "../../base/visible.ts";
import { CTOError } from "../../errors/index.ts";
import { type ImportedWallet, type ImportReport, importFrom } from "../../services/import/index.ts";
import { DEFAULT_MAPPING, type Mapping, parseMapping } from "../../services/import/mapping.ts";
import { openSource } from "../../services/import/source.ts";
import { action, withContext } from "../action.ts";
import { readGiven } from "../read-given.ts";
import { table } from "../table.ts";
import type { Colours } from "../terminal.ts";

const HELP = `
Examples:
  $ cto import mongo                                  what would be done; writes nothing
  $ cto import mongo --apply
  $ cto import mongo --print-mapping > mapping.json   the defaults, to change and to give back

The source is what CTO_IMPORT_MONGODB_URI names, for instance mongodb://localhost/my-bot. It is only read. Encrypted keys
are tried with ENCRYPTION_SECRET and those in ENCRYPTION_SECRET_PREVIOUS.
What is here already stays as it is, so that it may be run again. Exit code 1 when anything is refused.`;

async function readMapping(file: string | undefined): Promise<Mapping> {
  if (file === undefined) return DEFAULT_MAPPING;
  const text = await readGiven(file);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new CTOError("CTO_E_IMPORT_MAPPING_INVALID", { problems: [`${file} is not JSON`] });
  }
  return parseMapping(given);
}

const inWords = ({ outcome, form, wasPlaintext, reason }: ImportedWallet, applied: boolean): string => {
  if (outcome === "new") {
    const how = `${applied ? "imported" : "would be imported"} from ${form}`;
    return wasPlaintext ? `${how}, which is PLAINTEXT in the source` : how;
  }
  return reason === null ? outcome : `${outcome}: ${reason.message}`;
};

const of = (wallets: readonly ImportedWallet[], outcome: ImportedWallet["outcome"]): number =>
  wallets.filter((wallet) => wallet.outcome === outcome).length;

function toText(report: ImportReport, colours: Colours): string {
  const { source, applied, users, wallets } = report;
  const plaintext = wallets.filter(({ wasPlaintext }) => wasPlaintext).length;
  const titles = ["in the source", "user", "role", "address", "what"].map((title) => ({ title }));
  const rows = wallets.map((wallet) => [
    wallet.source,
    wallet.user ?? "?",
    wallet.role ?? "",
    wallet.address ?? "?",
    inWords(wallet, applied),
  ]);
  return [
    table(titles, rows, colours),
    `${source}: ${users.found} users, ${users.new} new${users.refused.length === 0 ? "" : `, refused: ${users.refused.map(visible).join(", ")}`}`,
    `${wallets.length} wallets: ${of(wallets, "new")} ${applied ? "imported" : "would be imported"}, ${of(wallets, "here already")} here already, ${of(wallets, "left out")} left out, ${of(wallets, "refused")} refused`,
    `${plaintext} keys are plaintext in the source${plaintext === 0 ? "" : "; here they are sealed, there they still lie open"}`,
    ...(applied ? [] : ["Nothing was written: this was a dry run. --apply writes."]),
  ].join("\n");
}

export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description("take over an existing bot's users and wallets")
    .command("mongo")
    .description("from the database in CTO_IMPORT_MONGODB_URI; a dry run unless --apply is given")
    .option("--apply", "write")
    .option("--mapping <file>", "JSON with the names of collections and fields that differ from the defaults")
    .option("--print-mapping", "print the mapping that is in force, and do nothing")
    .addHelpText("after", HELP)
    .action(
      action<[], { apply?: boolean; mapping?: string; printMapping?: boolean }>(
        async (terminal, _given, { apply = false, mapping: file, printMapping }) => {
          const mapping = await readMapping(file);
          if (printMapping) {
            terminal.answer(mapping, () => JSON.stringify(mapping, null, 2));
            return 0;
          }
          return withContext(async (context) => {
            const uri = context.config.CTO_IMPORT_MONGODB_URI;
            if (uri === undefined)
              throw new CTOError("CTO_E_USAGE", { problem: "CTO_IMPORT_MONGODB_URI is not set" });
            const source = await openSource(uri);
            try {
              const report = await importFrom(context, source, {
                mapping,
                apply,
                note: (done) => terminal.note(`${done} documents so far ...`),
              });
              terminal.answer(report, () => toText(report, terminal.colours));
              return of(report.wallets, "refused") + report.users.refused.length === 0 ? 0 : 1;
            } finally {
              await source.close();
            }
          });
        },
      ),
    );
}
