/** Who did what: writes the audit log's records, and checks that nobody has changed one since. */
import { userInfo } from "node:os";
import type { Config } from "../config.ts";
import type { AuditAction, AuditEntry, AuditRecord } from "../engine/ports.ts";
import { breakAt } from "../journal/audit-chain.ts";
import type { CTOContext } from "./context.ts";

type Audited = Pick<CTOContext, "config" | "journal">;

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
  { config, journal }: Audited,
  action: AuditAction,
  subject: string,
  details: AuditEntry["details"] = {},
): Promise<AuditRecord> => journal.appendAudit({ action, actor: actorOf(config), subject, details });

export type AuditVerdict = {
  /** How many records follow from the first without a break. */
  readonly records: number;
  /** The hash of the last of them; null when there are none. Kept elsewhere, it shows later that none was cut off. */
  readonly head: string | null;
  readonly broken: { readonly seq: number; readonly why: string } | null;
  /** Whether the head that was asked for is in the chain; null when none was. */
  readonly hasHead: boolean | null;
};

const PAGE = 1_000;

/**
 * Walks the whole log, and recomputes every hash.
 *
 * @param head a hash that was noted earlier
 * @example
 * const { broken } = await verifyAudit(context);
 */
export async function verifyAudit(
  { journal }: Pick<Audited, "journal">,
  { head, note = () => undefined }: { head?: string; note?: (records: number) => void } = {},
): Promise<AuditVerdict> {
  let last: AuditRecord | null = null;
  let hasHead = head === undefined ? null : false;
  const verdict = (broken: AuditVerdict["broken"]): AuditVerdict => ({
    records: last?.seq ?? 0,
    head: last?.hash ?? null,
    broken,
    hasHead,
  });
  for (;;) {
    const page: AuditRecord[] = await journal.readAudit(last?.seq ?? 0, PAGE);
    if (page.length === 0) return verdict(null);
    for (const record of page) {
      const why = breakAt(record, last);
      if (why !== null) return verdict({ seq: record.seq, why });
      if (record.hash === head) hasHead = true;
      last = record;
    }
    note(last?.seq ?? 0);
  }
}
