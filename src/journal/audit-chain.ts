/** Chains the audit log's records: each record's hash covers its contents and the hash of the record before it. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { AUDIT_ACTIONS, type AuditEntry, type AuditRecord } from "../engine/ports.ts";

/** The hash that counts as the one before the first record. */
export const GENESIS = "0".repeat(64);

type Unhashed = Omit<AuditRecord, "hash">;

/**
 * Returns the same text for the same record. An array separates the parts, details are sorted, and times are
 * ISO 8601 in UTC.
 */
const canonical = ({ seq, at, action, actor, subject, details, previous }: Unhashed): string => {
  const sorted = Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([seq, at.toISOString(), action, actor, subject, sorted, previous]);
};

const hashOf = (record: Unhashed): string => createHash("sha256").update(canonical(record)).digest("hex");

/** Creates the record that follows `last`. `last` is null for the first record. */
export const chained = (
  entry: AuditEntry,
  last: Pick<AuditRecord, "seq" | "hash"> | null,
  at: Date,
): AuditRecord => {
  const { action, actor, subject, details } = entry;
  const seq = (last?.seq ?? 0) + 1;
  const record = { action, actor, subject, details, seq, at, previous: last?.hash ?? GENESIS };
  return { ...record, hash: hashOf(record) };
};

/** Returns in words why a record cannot follow `last`, or null if it can. */
export const breakAt = (
  record: AuditRecord,
  last: Pick<AuditRecord, "seq" | "hash"> | null,
): string | null => {
  const expected = (last?.seq ?? 0) + 1;
  if (record.seq !== expected) return `record ${expected} is missing`;
  if (record.previous !== (last?.hash ?? GENESIS)) return "it does not follow the record before it";
  return record.hash === hashOf(record) ? null : "its contents are not those that were written";
};

const stored = z.object({
  seq: z.number().int(),
  at: z.date(),
  action: z.enum(AUDIT_ACTIONS),
  actor: z.string(),
  subject: z.string(),
  details: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  previous: z.string(),
  hash: z.string(),
});

/**
 * Parses a stored record. Details are stored as text, so that no database changes their order or spelling.
 * @throws if it is not a record
 */
export const decodeAudit = (row: unknown): AuditRecord => stored.parse(row);

export const encodeDetails = (details: AuditEntry["details"]): string => JSON.stringify(details);
