/**
 * Appends to the audit log and reads it. The number is the document's id, so one of two concurrent records
 * with the same number is refused.
 */
import type { AuditEntry, AuditRecord } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { chained, decodeAudit, encodeDetails } from "../../audit-chain.ts";
import { parseRecord } from "../../parse-record.ts";
import { insertOnce } from "../insert-once.ts";
import type { AuditDocument, Store } from "../store.ts";

/** The most lost races. Each lost race means that another record was written. */
const TRIES = 1_000;

/** Ids sort as text, so they are padded to the length of the largest exact number. */
const idOf = (seq: number): string => String(seq).padStart(16, "0");

const decode = ({ _id, write: _write, ...rest }: AuditDocument): AuditRecord =>
  parseRecord("audit", () => decodeAudit({ ...rest, seq: Number(_id) }));

export const appendAudit = async (store: Store, entry: AuditEntry): Promise<AuditRecord> => {
  const { audit, clock, decisive } = store;
  for (let left = TRIES; left > 0; left -= 1) {
    const last = await audit.findOne({}, { sort: { _id: -1 } });
    const record = chained(entry, last === null ? null : decode(last), await clock.ask());
    const { seq, details, ...rest } = record;
    const document = { _id: idOf(seq), ...rest, details: encodeDetails(details) };
    if (await insertOnce({ decisive }, audit, document)) return record;
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${TRIES} records of others came first` });
};

export const readAudit = async ({ audit }: Store, after: number, limit: number): Promise<AuditRecord[]> => {
  const found = await audit.find({ _id: { $gt: idOf(after) } }, { sort: { _id: 1 }, limit }).toArray();
  return found.map(decode);
};

export const readAuditBack = async (
  { audit }: Store,
  before: number | null,
  limit: number,
): Promise<AuditRecord[]> => {
  if (limit < 1) return []; // MongoDB reads 0 as "no limit".
  const older = before === null ? {} : { _id: { $lt: idOf(before) } };
  const found = await audit.find(older, { sort: { _id: -1 }, limit }).toArray();
  return found.map(decode);
};
