/** Defines `cto backup-seen`, which a backup script runs as its last command. */
import type { Command } from "commander";
import { noteBackup } from "../../services/backup.ts";
import { action, withContext } from "../action.ts";

export function addBackupSeenCommand(program: Command): void {
  program
    .command("backup-seen")
    .argument("<place>", "where it is, for people to read; never a secret")
    .description("record that a backup of the journal was made now; `cto doctor --production` checks it")
    .addHelpText("after", "\nExample:\n  $ cto backup-seen s3://backups/journal")
    .action(
      action<[place: string], object>(async (terminal, [place]) => {
        const at = await withContext((context) => noteBackup(context, place));
        terminal.answer({ at, place }, () => `Noted: a backup at ${place}, ${at.toISOString()}`);
      }),
    );
}
