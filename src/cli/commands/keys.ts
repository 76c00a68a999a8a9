/** Defines `cto keys`, which shows the secret that seals the wallets' keys, and rotates it. */
import type { Command } from "commander";
import { type KeysStatus, keysStatus, rotateKeys } from "../../services/keys.ts";
import { action, withContext } from "../action.ts";
import { EXIT } from "../failures.ts";

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

/** A script must be able to tell a rotation that is not finished from a key that nobody can open. */
const TO_ROTATE = 3;

const STATUS_HELP = `
Examples:
  $ cto keys status --json
  $ cto keys status && unset ENCRYPTION_SECRET_PREVIOUS    only when no key needs it any more

Exit codes: 0 every key is sealed with the current secret, or has a signer outside; 1 a key is not sealed, or no configured
secret opens it; ${TO_ROTATE} all keys open, but a wallet's key or a webhook's signing secret is not under the current secret: run
\`cto keys rotate\`.`;

const exitCodeOf = ({ unsealed, unopenable, secrets, webhooks }: KeysStatus): number => {
  if (unsealed.length + unopenable.length > 0) return EXIT.failed;
  const isLeft = secrets.some(({ secret, wallets }) => secret === "previous" && wallets > 0);
  return isLeft || webhooks.length > 0 ? TO_ROTATE : EXIT.done;
};

const named = (title: string, ids: readonly string[]): string[] =>
  ids.length === 0 ? [] : [`${title}: ${ids.length}`, ...ids.map((id) => `  ${id}`)];

const toText = ({ wallets, secrets, unsealed, elsewhere, unopenable, webhooks }: KeysStatus): string =>
  [
    `${wallets} wallets`,
    ...secrets.map((each) => `  ${each.secret.padEnd(8)} secret ${each.fingerprint}: ${each.wallets}`),
    ...(elsewhere === 0 ? [] : [`  with a signer outside: ${elsewhere}`]),
    ...named("NOT SEALED (cto keys rotate seals them)", unsealed),
    ...named("Opened by no configured secret", unopenable),
    ...named("Webhooks whose signing secret is not under the current secret (cto keys rotate)", webhooks),
  ].join("\n");

export function addKeysCommand(program: Command): void {
  const keys = program.command("keys").description("show and rotate the secret that seals private keys");
  keys
    .command("status")
    .description("count the wallets under each secret; secrets are shown by their fingerprints")
    .addHelpText("after", STATUS_HELP)
    .action(
      action<[], object>((terminal) =>
        withContext(async (context) => {
          const status = await keysStatus(context, (done) => terminal.note(`${done} wallets so far ...`));
          terminal.answer(status, () => toText(status));
          return exitCodeOf(status);
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
