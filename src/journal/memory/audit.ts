/** Stores the audit log in memory. */
import type { AuditLog, AuditRecord } from "../../engine/ports.ts";
import { chained } from "../audit-chain.ts";

export const memoryAudit = (now: () => Date): AuditLog => {
  const records: AuditRecord[] = [];
  return {
    appendAudit: async (entry) => {
      const record = chained(entry, records.at(-1) ?? null, now());
      records.push(record);
      return record;
    },
    readAudit: async (after, limit) => records.slice(after, after + limit),
    readAuditBack: async (before, limit) =>
      records
        .slice(0, before === null ? undefined : Math.max(before - 1, 0))
        .reverse()
        .slice(0, limit),
  };
};
