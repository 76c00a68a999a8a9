/** Checks that nobody has changed or cut off a record of the audit log since it was written. */
import type { AuditRecord } from "../engine/ports.ts";
import { breakAt } from "../journal/audit-chain.ts";
import type { CTOContext } from "../runtime/context.ts";

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
