/** Reads the secrets that seal private keys: those of the configuration, or the localnet's own secret. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { createSecretBox, type SecretBox } from "../wallets/secret-box.ts";

/**
 * Returns the secret that seals private keys: ENCRYPTION_SECRET, or, only on the localnet, a secret that is generated
 * once into `<CTO_HOME>/secret` with mode 0600.
 */
async function encryptionSecret(config: Config): Promise<string> {
  if (config.ENCRYPTION_SECRET !== undefined) return config.ENCRYPTION_SECRET;
  const file = join(config.CTO_HOME, "secret");
  await mkdir(dirname(file), { recursive: true });
  try {
    // The flag `wx` makes the write exclusive: if two processes start together, one writes and both read the same
    // secret.
    await writeFile(file, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
    await chmod(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return (await readFile(file, "utf8")).trim();
}

/** The current secret first, then the earlier ones, which some keys may still be sealed with. Each occurs once. */
export async function secretsOf(config: Config): Promise<readonly [string, ...string[]]> {
  const current = await encryptionSecret(config);
  const previous = new Set(config.ENCRYPTION_SECRET_PREVIOUS);
  previous.delete(current);
  return [current, ...previous];
}

export async function openSecretBox(config: Config): Promise<SecretBox> {
  const [current, ...previousSecrets] = await secretsOf(config);
  return createSecretBox(current, { previousSecrets });
}
