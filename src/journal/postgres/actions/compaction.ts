/** Lists operations with old events, and deletes the events that are no longer needed. */
import type { Pool } from "pg";
import type { Compaction, Operation } from "../../../engine/ports.ts";
import { read, write } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

// Orders by bytes, so that pages follow each other correctly under every collation of the server.
const LIST = `
select * from cto.operations
where settled and not compacted and finished_at < $1 and id collate "C" > $2
order by id collate "C" limit $3`;

export const listCompactable = async (
  pool: Pool,
  before: Date,
  after: string,
  limit: number,
): Promise<Operation[]> => (await read(pool, LIST, [before, after, limit])).map(parseOperation);

const COMPACT = `
with dropped as (
  delete from cto.events where operation_id = $1 and seq = any($2::int[])
),
marked as (
  update cto.events e set compacted = mark.compacted
  from unnest($3::int[], $4::int[]) as mark (seq, compacted)
  where e.operation_id = $1 and e.seq = mark.seq
)
update cto.operations set compacted = true where id = $1 and settled`;

export const compactEvents = async (
  pool: Pool,
  id: string,
  { dropped, marks }: Compaction,
): Promise<void> => {
  const numbers = marks.map(({ seq }) => seq);
  const missing = marks.map(({ compacted }) => compacted);
  await write(pool, COMPACT, [id, dropped, numbers, missing]);
};
