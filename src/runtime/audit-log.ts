/** Writes the audit log: who did what. See `services/audit.ts` for its check. */
import { userInfo } from "node:os";
import type { Config } from "../config.ts";
import type { AuditAction, AuditEntry, AuditRecord } from "../engine/ports.ts";
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
