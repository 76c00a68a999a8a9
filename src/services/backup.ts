/**
 * Stores when the journal was last backed up. `cto backup-seen` writes the time, and `cto doctor --production` reads
 * it.
 */
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

type Journaled = Pick<CTOContext, "config" | "journal">;

const ENTRY = "backup";
const KEPT_MS = 365 * 86_400_000;

/** Records that a backup was made now. */
export async function noteBackup(context: Journaled, place: string): Promise<Date> {
  const at = new Date();
  await audit(context, "backup.seen", place);
  await context.journal.writeCached(ENTRY, at.toISOString(), KEPT_MS);
  return at;
}

export async function lastBackup({ journal }: Pick<Journaled, "journal">): Promise<Date | null> {
  const at = new Date((await journal.readCached(ENTRY)) ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
