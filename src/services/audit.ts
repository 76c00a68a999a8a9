/** Verifies the audit log: it detects a record that was changed or removed after it was written. */
import type { AuditRecord } from "../engine/ports.ts";
import { breakAt } from "../journal/audit-chain.ts";
import type { CTOContext } from "../runtime/context.ts";

export type AuditVerdict = {
  /** The number of records that follow from the first one without a break. */
  readonly records: number;
  /**
   * The hash of the last of these records; null if there are none. An operator who stores it elsewhere can detect
   * later that records were cut off.
   */
  readonly head: string | null;
  readonly broken: { readonly seq: number; readonly why: string } | null;
  /** Whether the chain contains the requested head; null if none was requested. */
  readonly hasHead: boolean | null;
};

const PAGE = 1_000;

/** Which records to read: those after a number, or the last ones. */
export type AuditRange = { readonly after: number; readonly limit: number } | { readonly last: number };

/** Returns records of the log, the oldest first. */
export async function readAuditRange(
  { journal }: Pick<CTOContext, "journal">,
  range: AuditRange,
): Promise<AuditRecord[]> {
  if ("last" in range) return (await journal.readAuditBack(null, range.last)).toReversed();
  return journal.readAudit(range.after, range.limit);
}

/**
 * Walks the whole log and recomputes every hash.
 *
 * @param head a hash that was noted earlier
 * @example
 * const { broken } = await verifyAudit(context);
 */
export async function verifyAudit(
  { journal }: Pick<CTOContext, "journal">,
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
