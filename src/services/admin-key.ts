/** Creates the localnet's first API key once, and keeps it in a file that only its owner may read. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { isCTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { createApiKey, recogniseApiKey } from "./api-keys.ts";

export const adminKeyFile = ({ CTO_HOME }: Pick<Config, "CTO_HOME">): string => join(CTO_HOME, "admin-key");

/** Returns whether the file's key belongs to this journal and is still active. */
const isUsable = async (context: Pick<CTOContext, "journal">, key: string): Promise<boolean> => {
  try {
    await recogniseApiKey(context, key);
    return true;
  } catch (error) {
    if (isCTOError(error, "CTO_E_UNAUTHENTICATED")) return false;
    throw error;
  }
};

/** Keeps an active key, and otherwise creates a new one. The key is stored in this file only. */
export async function ensureAdminKey(context: Pick<CTOContext, "config" | "journal">): Promise<void> {
  const file = adminKeyFile(context.config);
  const present = await readFile(file, "utf8").catch(() => null);
  if (present !== null && (await isUsable(context, present.trim()))) return;
  const { secret } = await createApiKey(context, { name: "localnet admin", scopes: ["admin"] });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  await chmod(file, 0o600); // Writing to an existing file keeps its old mode.
}
