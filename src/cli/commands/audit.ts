/** Defines `cto audit`, which lists the audit log of keys, users, limits and money, and verifies it. */
import { type Command, Option } from "commander";
import { readAuditRange, verifyAudit } from "../../services/audit.ts";
import { action, withContext } from "../action.ts";
import { integer } from "../numbers.ts";
import { table } from "../table.ts";

const VERIFY_HELP = `
Examples:
  $ cto audit verify
  $ cto audit verify --head 3f1c…     also: the record with this hash is still there

Each record's hash covers the record and the hash before it: whoever changes one changes all that follow. Somebody who
may write to the whole database can write the whole chain anew, or cut off its end; a head that is kept elsewhere shows that.
Exit code 1 when a record was changed or is missing.`;

function addVerify(audit: Command): void {
  audit
    .command("verify")
    .description("check that no record was changed, taken out or put in")
    .option("--head <hash>", "a head that was noted earlier, which must still be in the chain")
    .addHelpText("after", VERIFY_HELP)
    .action(
      action<[], { head?: string }>((terminal, _given, { head }) =>
        withContext(async (context) => {
          const verdict = await verifyAudit(context, {
            ...(head === undefined ? {} : { head }),
            note: (records) => terminal.note(`${records} records so far ...`),
          });
          const { records, broken, hasHead } = verdict;
          const lost = hasHead === false ? "; the head that was noted earlier is NOT among them" : "";
          terminal.answer(verdict, () =>
            broken === null
              ? `${records} records, unbroken${lost}\nhead ${verdict.head ?? "none"}`
              : `Broken at record ${broken.seq}: ${broken.why}. ${records} records before it are whole${lost}`,
          );
          return broken === null && hasHead !== false ? 0 : 1;
        }),
      ),
    );
}

export function addAuditCommand(program: Command): void {
  const audit = program.command("audit").description("read and verify the audit log");
  addVerify(audit);
  audit
    .command("list")
    .description("show records of the audit log")
    .addOption(
      new Option("--last <n>", "the newest ones, the newest at the end")
        .argParser(integer(1, 10_000))
        .conflicts(["after", "limit"]),
    )
    .option("--after <n>", "those after this number", integer(0, Number.MAX_SAFE_INTEGER), 0)
    .option("--limit <n>", "at most so many", integer(1, 10_000), 100)
    .addHelpText("after", "\nExamples:\n  $ cto audit list --last 20\n  $ cto audit list --after 100 --json")
    .action(
      action<[], { after: number; limit: number; last?: number }>(async (terminal, _given, options) => {
        const { after, limit, last } = options;
        const range = last === undefined ? { after, limit } : { last };
        const records = await withContext((context) => readAuditRange(context, range));
        const rows = records.map(({ seq, at, action: done, actor, subject, details }) => [
          String(seq),
          at.toISOString(),
          actor,
          done,
          subject,
          Object.entries(details)
            .map(([name, value]) => `${name}=${value}`)
            .join(" "),
        ]);
        const titles = ["record", "at", "by", "action", "of", "details"].map((title) => ({ title }));
        terminal.answer(records, () => table(titles, rows, terminal.colours));
      }),
    );
}
