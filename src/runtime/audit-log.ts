/** Writes the audit log: who did what. See `services/audit.ts` for its check. */
import { userInfo } from "node:os";
import type { Config } from "../config.ts";
import type { AuditAction, AuditEntry, AuditRecord } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import type { CTOContext } from "./context.ts";

/** CTO_ACTOR, or the system's user name: as much as a process knows of who runs it. */
export const actorOf = ({ CTO_ACTOR }: Pick<Config, "CTO_ACTOR">): string => {
  if (CTO_ACTOR !== undefined) return CTO_ACTOR;
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // A user id without a name, as in some containers.
  }
};

/**
 * Writes a record before its action has effect: a crash between the two leaves a record of what did not happen, never
 * the reverse.
 */
export const audit = (
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  action: AuditAction,
  subject: string,
  details: AuditEntry["details"] = {},
): Promise<AuditRecord> => journal.appendAudit({ action, actor: actorOf(config), subject, details });

/**
 * Writes the record, then does what it says. What is refused after all (somebody else was faster) gets a second record with the
 * reason. An outage leaves only the first: it may have had effect.
 */
export async function audited<T>(
  context: Pick<CTOContext, "config" | "journal">,
  { action, subject, details = {} }: Pick<AuditEntry, "action" | "subject"> & Partial<AuditEntry>,
  work: () => Promise<T>,
): Promise<T> {
  await audit(context, action, subject, details);
  try {
    return await work();
  } catch (error) {
    if (isCTOError(error) && !isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE"))
      await audit(context, action, subject, { ...details, refused: error.code });
    throw error;
  }
}
