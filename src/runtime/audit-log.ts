/** Writes the audit log, which records who did what. `services/audit.ts` checks it. */
import { userInfo } from "node:os";
import type { Config } from "../config.ts";
import type { AuditAction, AuditEntry, AuditRecord } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import type { CTOContext } from "./context.ts";

/** CTO_ACTOR, or the system's user name. A process has no better knowledge of who runs it. */
export const actorOf = ({ CTO_ACTOR }: Pick<Config, "CTO_ACTOR">): string => {
  if (CTO_ACTOR !== undefined) return CTO_ACTOR;
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // The user id has no name, as in some containers.
  }
};

/**
 * Writes a record before its action takes effect. After a crash between the two, the log may have a record without an
 * action, but never an action without a record.
 */
export const audit = (
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  action: AuditAction,
  subject: string,
  details: AuditEntry["details"] = {},
): Promise<AuditRecord> => journal.appendAudit({ action, actor: actorOf(config), subject, details });

/**
 * Writes the record, then runs the action. If the action is refused (for example, because another process was
 * faster), we write a second record with the reason. After an outage of the journal there is only the first record,
 * because the action may have taken effect.
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
