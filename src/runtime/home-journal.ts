/**
 * Remembers in CTO_HOME which database holds the installation's journal.
 *
 * A shell without the settings of the workers would otherwise work on an embedded PostgreSQL, and nobody would notice: a
 * halt there halts nothing, and a wallet that is generated there is in no backup.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Config, isOnThisMachine } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { journalPlace } from "./places.ts";

type Databases = Pick<Config, "CTO_HOME" | "DATABASE_URL" | "MONGODB_URI">;

const DEFAULT_HOME = ".cto";

const record = z.object({ journal: z.string().min(1) });

const recordFile = ({ CTO_HOME }: Databases): string => resolve(CTO_HOME, "journal.json");

export const isJournalEmbedded = ({ DATABASE_URL, MONGODB_URI }: Databases): boolean =>
  DATABASE_URL === undefined && MONGODB_URI === undefined;

/** Returns where the home's journal is; null if the home has no record. A record that cannot be read is not ignored. */
async function readRecord(file: string): Promise<string | null> {
  try {
    return record.parse(JSON.parse(await readFile(file, "utf8"))).journal;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? null : "a database whose name cannot be read";
  }
}

/**
 * Call it before an embedded PostgreSQL is opened for the journal.
 *
 * @throws `CTO_E_HOME_OTHER_JOURNAL` if the home was used with another database
 */
export async function requireHomesJournal(config: Databases): Promise<void> {
  if (!isJournalEmbedded(config)) return;
  const file = recordFile(config);
  const journal = await readRecord(file);
  if (journal !== null) throw new CTOError("CTO_E_HOME_OTHER_JOURNAL", { file, journal });
}

/**
 * Stores where the journal is, once it has been opened there. It creates no folder with the default name, and a home
 * that cannot be written keeps nothing: programs may run on read-only disks.
 */
export async function rememberJournal(config: Databases): Promise<void> {
  if (isJournalEmbedded(config)) return;
  if (config.CTO_HOME === DEFAULT_HOME && !existsSync(resolve(config.CTO_HOME))) return;
  const file = recordFile(config);
  const journal = journalPlace(config);
  if ((await readRecord(file)) === journal) return;
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(config.CTO_HOME, { recursive: true, mode: 0o700 });
    await writeFile(unfinished, `${JSON.stringify({ journal })}\n`, { mode: 0o644 });
    await rename(unfinished, file);
  } catch {
    // Nothing depends on the record: without it, the home is like one that was never used.
  }
}

/** Returns whether the folder's `.env` names a database for the journal. We do not load the file; people often do. */
const namesDatabase = (folder: string): Promise<boolean> =>
  readFile(join(folder, ".env"), "utf8").then(
    (text) => /^\s*(?:export\s+)?(?:DATABASE_URL|MONGODB_URI)\s*=\s*[^\s#]/m.test(text),
    () => false,
  );

/**
 * Returns one line for a person if the embedded PostgreSQL holds the journal although something indicates that another
 * database was meant; otherwise null.
 */
export async function doubtfulDefault(
  config: Databases & Pick<Config, "SOLANA_RPC_URL">,
  folder = process.cwd(),
): Promise<string | null> {
  if (!isJournalEmbedded(config)) return null;
  const signs = [
    ...((config.SOLANA_RPC_URL ?? []).every(isOnThisMachine) ? [] : ["SOLANA_RPC_URL is set"]),
    ...((await namesDatabase(folder)) ? [".env names a database, and is not loaded"] : []),
  ];
  if (signs.length === 0) return null;
  return `The journal is the ${journalPlace(config)}, because DATABASE_URL and MONGODB_URI are unset; but ${signs.join(", and ")}. Use the settings of the workers if they have another journal.`;
}
