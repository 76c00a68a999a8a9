/** Defines `cto keys`, which shows the secret that seals the wallets' keys, and rotates it. */
import type { Command } from "commander";
import { type KeysStatus, keysStatus, rotateKeys } from "../../services/keys.ts";
import { action, withContext } from "../action.ts";

const ROTATE_HELP = `
Examples:
  $ cto keys rotate               step 3 below, with the variables of step 2
  $ cto keys status               step 4 below: all wallets must be sealed with the current secret

The steps, in this order (docs/wallets.md says why):
  1. restart every process with ENCRYPTION_SECRET=<old> and ENCRYPTION_SECRET_PREVIOUS=<new>
  2. restart every process with ENCRYPTION_SECRET=<new> and ENCRYPTION_SECRET_PREVIOUS=<old>
  3. rotate
  4. check the status
  5. restart every process without ENCRYPTION_SECRET_PREVIOUS

Workers may run meanwhile. If the command was interrupted, run it again: it continues where it stopped.`;

const named = (title: string, ids: readonly string[]): string[] =>
  ids.length === 0 ? [] : [`${title}: ${ids.length}`, ...ids.map((id) => `  ${id}`)];

const toText = ({ wallets, secrets, unsealed, elsewhere, unopenable }: KeysStatus): string =>
  [
    `${wallets} wallets`,
    ...secrets.map((each) => `  ${each.secret.padEnd(8)} secret ${each.fingerprint}: ${each.wallets}`),
    ...(elsewhere === 0 ? [] : [`  with a signer outside: ${elsewhere}`]),
    ...named("NOT SEALED (cto keys rotate seals them)", unsealed),
    ...named("Opened by no configured secret", unopenable),
  ].join("\n");

export function addKeysCommand(program: Command): void {
  const keys = program.command("keys").description("show and rotate the secret that seals private keys");
  keys
    .command("status")
    .description("count the wallets under each secret; secrets are shown by their fingerprints")
    .addHelpText(
      "after",
      "\nExample:\n  $ cto keys status --json\nExit code 1 when a key is not sealed, or opened by no secret. Keys under a previous secret do not change the exit code.",
    )
    .action(
      action<[], object>((terminal) =>
        withContext(async (context) => {
          const status = await keysStatus(context, (done) => terminal.note(`${done} wallets so far ...`));
          terminal.answer(status, () => toText(status));
          return status.unsealed.length + status.unopenable.length === 0 ? 0 : 1;
        }),
      ),
    );
  keys
    .command("rotate")
    .description("seal all wallets' keys with ENCRYPTION_SECRET, while the system runs")
    .addHelpText("after", ROTATE_HELP)
    .action(
      action<[], object>((terminal) =>
        withContext(async (context) => {
          terminal.note("Rotating ...");
          const done = await rotateKeys(context, (count) => terminal.note(`${count} wallets so far ...`));
          terminal.answer(
            done,
            () =>
              `All ${done.wallets} wallets are under the secret ${done.fingerprint}: ${done.rotated} were rotated, ${done.sealed} were found unsealed and sealed`,
          );
        }),
      ),
    );
}
