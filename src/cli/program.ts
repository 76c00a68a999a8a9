/** Defines the command line: the global options, and every command. */
import { Command } from "commander";
import { addAirdropCommand } from "./commands/airdrop.ts";
import { addAltCommand } from "./commands/alt.ts";
import { addApiKeysCommand } from "./commands/api-keys.ts";
import { addAuditCommand } from "./commands/audit.ts";
import { addBackupSeenCommand } from "./commands/backup-seen.ts";
import { addCallCommand } from "./commands/call.ts";
import { addCancelCommand } from "./commands/cancel.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDetectCommand } from "./commands/detect.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addEnqueueCommand } from "./commands/enqueue.ts";
import { addErrorsCommand } from "./commands/errors.ts";
import { addEstimateCommand } from "./commands/estimate.ts";
import { addExplainCommand } from "./commands/explain.ts";
import { addHaltCommands } from "./commands/halt.ts";
import { addImportCommand } from "./commands/import.ts";
import { addKeysCommand } from "./commands/keys.ts";
import { addLimitsCommand } from "./commands/limits.ts";
import { addLocalnetCommand } from "./commands/localnet.ts";
import { addProgramsCommand } from "./commands/programs.ts";
import { addPruneCommand } from "./commands/prune.ts";
import { addReceiptCommand } from "./commands/receipt.ts";
import { addRecoverCommand } from "./commands/recover.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addRetryCommand } from "./commands/retry.ts";
import { addReviewCommand } from "./commands/review.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addStartCommand } from "./commands/start.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addTelegramCommand } from "./commands/telegram.ts";
import { addTokenCommand } from "./commands/token.ts";
import { addUsersCommand } from "./commands/users.ts";
import { addWalletsCommand } from "./commands/wallets.ts";
import { addWatchCommand } from "./commands/watch.ts";
import { addWebhooksCommand } from "./commands/webhooks.ts";
import { addWorkerCommand } from "./commands/worker.ts";
import { readVersion } from "./package.ts";

const EXAMPLES = `
Examples:
  $ cto demo                      see two operations of ten wallets land, on a cluster of its own
  $ cto start                     journal, queue, localnet and a worker, until Ctrl-C
  $ cto doctor                    what is configured, reachable, weak

Exit codes: 0 done, 1 failed, 2 bad usage. Configuration: environment variables, see docs/configuration.md.`;

/** Every failure is thrown. One place prints it: see failures.ts. */
export function createProgram(): Command {
  const program = new Command("cto")
    .description(
      "Call To Others: many wallets buy one Solana token together, in the open, each at most once.",
    )
    .version(readVersion())
    .option("--json", "print one JSON value on stdout; readable text goes to stderr")
    .showHelpAfterError(false)
    .addHelpText("after", EXAMPLES)
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  addDemoCommand(program);
  addStartCommand(program);
  addLocalnetCommand(program);
  addWorkerCommand(program);
  addServeCommand(program);
  addDetectCommand(program);
  addEstimateCommand(program);
  addEnqueueCommand(program);
  addStatusCommand(program);
  addWatchCommand(program);
  addCancelCommand(program);
  addReceiptCommand(program);
  addCallCommand(program);
  addRetryCommand(program);
  addRecoverCommand(program);
  addReviewCommand(program);
  addHaltCommands(program);
  addRestoreCommand(program);
  addUsersCommand(program);
  addWalletsCommand(program);
  addImportCommand(program);
  addKeysCommand(program);
  addApiKeysCommand(program);
  addWebhooksCommand(program);
  addTelegramCommand(program);
  addLimitsCommand(program);
  addAuditCommand(program);
  addBackupSeenCommand(program);
  addPruneCommand(program);
  addAirdropCommand(program);
  addTokenCommand(program);
  addAltCommand(program);
  addProgramsCommand(program);
  addErrorsCommand(program);
  addExplainCommand(program);
  addDoctorCommand(program);
  return program;
}
