/**
 * Defines `cto prune`, which compacts the events of operations that ended long ago, and removes old deliveries of
 * webhooks.
 */
import type { Command } from "commander";
import { prune, RETENTION_DAYS } from "../../services/prune.ts";
import { action, withContext } from "../action.ts";
import { integer } from "../numbers.ts";

const HELP = `
Examples:
  $ cto prune
  $ cto prune --yes

Operations are kept, with their legs, steps and signed transactions. Of their events, these are kept: the phases, the
results, people's decisions, incidents, and the last event of each leg, funding and return. The event after removed ones
says how many were removed. Webhook deliveries that were delivered or given up are removed; those that wait are kept.`;

export function addPruneCommand(program: Command): void {
  program
    .command("prune")
    .description(
      "compact the events and remove the webhook deliveries that ended long ago; without --yes it only counts",
    )
    .option("--days <n>", "how long ago they must have ended", integer(1, 36_500), RETENTION_DAYS)
    .option("--yes", "do it")
    .addHelpText("after", HELP)
    .action(
      action<[], { days: number; yes?: boolean }>(async (terminal, _given, { days, yes = false }) => {
        const pruning = await withContext((context) =>
          prune(context, {
            days,
            dryRun: !yes,
            note: (operations) => terminal.note(`${operations} operations looked at ...`),
          }),
        );
        const { before, operations, events, dropped, deliveries } = pruning;
        terminal.answer({ ...pruning, dryRun: !yes }, () =>
          [
            `${operations} operations ended before ${before.toISOString()}, with ${events} events`,
            yes
              ? `${dropped} of the events and ${deliveries} webhook deliveries are gone`
              : `${dropped} of the events and ${deliveries} webhook deliveries would go; --yes does it`,
          ].join("\n"),
        );
      }),
    );
}
