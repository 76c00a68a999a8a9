/**
 * Opens stored keys. If a key is unsealed in the database, it is sealed, and we record that in the audit log and in
 * the log.
 */
import type { Wallet } from "../engine/ports.ts";
import { audit } from "../runtime/audit-log.ts";
import type { KeyForm } from "../wallets/read-key.ts";
import type { StoredKeys } from "../wallets/stored-key.ts";
import type { CTOContext } from "./context.ts";
import { createLogger } from "./log.ts";
import { openSecretBox, secretsOf } from "./secrets.ts";

/** Everything that is needed to open a stored key. */
export async function openStoredKeys(
  context: Pick<CTOContext, "config" | "journal">,
): Promise<StoredKeys & { readonly directory: CTOContext["journal"] }> {
  const { config, journal } = context;
  const log = createLogger(config).child({ part: "keys" });
  return {
    directory: journal,
    secretBox: await openSecretBox(config),
    secrets: await secretsOf(config),
    async onUnsealed({ id, userId, address }: Wallet, form: KeyForm) {
      await audit(context, "key.sealed", id, { userId, address, foundAs: form });
      log.warn({ wallet: id, user: userId, address, foundAs: form }, "an unsealed key was found, and sealed");
    },
  };
}
