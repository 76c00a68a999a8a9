/** The localnet's first API key: made once, and kept in a file that its owner alone may read. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { isCTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { createApiKey, recogniseApiKey } from "./api-keys.ts";

export const adminKeyFile = ({ CTO_HOME }: Pick<Config, "CTO_HOME">): string => join(CTO_HOME, "admin-key");

/** Whether the file's key is one of this journal's that still counts. */
const isUsable = async (context: Pick<CTOContext, "journal">, key: string): Promise<boolean> => {
  try {
    await recogniseApiKey(context, key);
    return true;
  } catch (error) {
    if (isCTOError(error, "CTO_E_UNAUTHENTICATED")) return false;
    throw error;
  }
};

/** Leaves a key that counts where it is; otherwise makes one. The key is nowhere but in the file. */
export async function ensureAdminKey(context: Pick<CTOContext, "config" | "journal">): Promise<void> {
  const file = adminKeyFile(context.config);
  const present = await readFile(file, "utf8").catch(() => null);
  if (present !== null && (await isUsable(context, present.trim()))) return;
  const { secret } = await createApiKey(context, { name: "localnet admin", scopes: ["admin"] });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  await chmod(file, 0o600); // Of a file that was there, writing keeps the mode.
}
