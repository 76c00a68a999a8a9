/** Defines `cto status`, which shows one operation, or the recent ones. */
import type { Command } from "commander";
import { formatSol } from "../../base/sol.ts";
import type { Operation } from "../../engine/ports.ts";
import { action, withContext } from "../action.ts";
import { integer } from "../numbers.ts";
import { describeStatus, readKnownStatus, statusDecimals } from "../status-text.ts";
import { short, table } from "../table.ts";

const summaryOf = ({ id, request, status, progress, partial, venue, tokenLabel, createdAt }: Operation) => ({
  jobId: id,
  userId: request.userId,
  ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
  tokenAddress: request.tokenAddress,
  ...(tokenLabel === undefined ? {} : { tokenLabel }),
  lamports: request.buyLamports,
  mode: request.mode,
  status,
  progress,
  partial,
  ...(venue === undefined ? {} : { venue }),
  ...(request.reference === undefined ? {} : { reference: request.reference }),
  ...(request.tags === undefined ? {} : { tags: request.tags }),
  createdAt,
});

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .argument("[jobId]")
    .option("--limit <n>", "how many recent operations", integer(1, 1_000), 20)
    .option("--search <text>", "the beginning of an id, a token's address, a tag, or a reference")
    .description("show an operation, or without an id the recent ones")
    .addHelpText("after", "\nExamples:\n  $ cto status\n  $ cto status op_4fQ… --json")
    .action(
      action<[jobId?: string], { limit: number; search?: string }>((terminal, [jobId], { limit, search }) =>
        withContext(async (context) => {
          if (jobId !== undefined) {
            const status = await readKnownStatus(context, jobId);
            const decimals = terminal.json ? undefined : await statusDecimals(context, status);
            terminal.answer(status, () => describeStatus(status, decimals, terminal.colours));
            return;
          }
          const recent = (
            await context.journal.listOperations({ limit, ...(search === undefined ? {} : { search }) })
          ).map(summaryOf);
          const columns = [
            "operation",
            "user",
            "token",
            "calls itself (unverified)",
            "SOL",
            "mode",
            "status",
            "progress",
            "accepted",
          ];
          const rows = recent.map((each) => [
            each.jobId,
            each.userId,
            each.purpose === undefined ? short(each.tokenAddress) : `(${each.purpose})`,
            each.tokenLabel?.symbol || (each.tokenLabel?.name ?? ""),
            formatSol(each.lamports),
            each.mode,
            each.partial ? `${each.status} (partial)` : each.status,
            `${each.progress} %`,
            each.createdAt.toISOString(),
          ]);
          terminal.answer(recent, () =>
            table(
              columns.map((title) => ({ title })),
              rows,
              terminal.colours,
            ),
          );
        }),
      ),
    );
}
