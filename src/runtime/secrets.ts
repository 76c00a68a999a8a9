/** Reads the secrets that seal private keys: those of the configuration, or the localnet's own secret. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import type { Directory } from "../engine/ports.ts";
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

const boxes = new WeakMap<Config, Promise<SecretBox>>();

/** The process keeps one box per configuration, because each box derives its keys again, at 250 ms and 128 MiB a key. */
export function openSecretBox(config: Config): Promise<SecretBox> {
  const known = boxes.get(config);
  if (known !== undefined) return known;
  const opened = secretsOf(config).then(([current, ...previousSecrets]) =>
    createSecretBox(current, { previousSecrets }),
  );
  boxes.set(config, opened);
  opened.catch(() => boxes.delete(config));
  return opened;
}

/** How many stored keys we look at for one that the current secret seals. */
const LOOKED_AT = 3;
const sharing = new WeakSet<SecretBox>();

/**
 * Returns a box that seals with the salt of the keys that are stored already. A worker derives a key for each salt, so
 * a salt for each process that adds wallets would cost every worker 250 ms for each of them.
 */
export async function openSealingBox({
  config,
  journal,
}: {
  readonly config: Config;
  readonly journal: Pick<Directory, "listSealedKeys">;
}): Promise<SecretBox> {
  const box = await openSecretBox(config);
  if (sharing.has(box)) return box;
  for (const { sealedKey } of await journal.listSealedKeys("", LOOKED_AT))
    if ((await box.secretOf(sealedKey)) === 0) break;
  sharing.add(box);
  return box;
}
