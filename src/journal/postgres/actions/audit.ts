/** Appends to the audit log, one record after the other, and reads it. */
import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import type { AuditEntry, AuditRecord } from "../../../engine/ports.ts";
import { chained, decodeAudit, encodeDetails } from "../../audit-chain.ts";
import { onClient } from "../on-client.ts";
import { read } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const COLUMNS = "seq::int, at, action, actor, subject, details, previous, hash";

const headSchema = z.object({ seq: z.number().int(), hash: z.string(), now: z.date() });

const appendOn = async (client: PoolClient, entry: AuditEntry): Promise<AuditRecord> => {
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(hashtextextended('cto.audit', 0))");
  // The query returns one row, even before the first record. We use milliseconds, because the hash covers milliseconds.
  const { rows } = await client.query(`
    select coalesce(a.seq, 0)::int as seq, coalesce(a.hash, '') as hash, date_trunc('milliseconds', clock_timestamp()) as now
    from (select 1) one left join lateral (select seq, hash from cto.audit order by seq desc limit 1) a on true`);
  const { seq, hash, now } = parseRow("audit", () => headSchema.parse(rows[0]));
  const record = chained(entry, seq === 0 ? null : { seq, hash }, now);
  await client.query(
    `insert into cto.audit (seq, at, action, actor, subject, details, previous, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      record.seq,
      record.at,
      record.action,
      record.actor,
      record.subject,
      encodeDetails(record.details),
      record.previous,
      record.hash,
    ],
  );
  await client.query("commit");
  return record;
};

/** @throws `CTO_E_JOURNAL_UNAVAILABLE`. The record may or may not have been written then */
export const appendAudit = (pool: Pool, entry: AuditEntry): Promise<AuditRecord> =>
  onClient(pool, (client) => appendOn(client, entry));

export const readAudit = async (pool: Pool, after: number, limit: number): Promise<AuditRecord[]> => {
  const sql = `select ${COLUMNS} from cto.audit where seq > $1 order by seq limit $2`;
  const rows = await read(pool, sql, [after, limit]);
  return rows.map((row) => parseRow("audit", () => decodeAudit(row)));
};

export const readAuditBack = async (
  pool: Pool,
  before: number | null,
  limit: number,
): Promise<AuditRecord[]> => {
  const sql = `select ${COLUMNS} from cto.audit where $1::bigint is null or seq < $1 order by seq desc limit $2`;
  const rows = await read(pool, sql, [before, limit]);
  return rows.map((row) => parseRow("audit", () => decodeAudit(row)));
};
