/** Counts operations' legs and how many of them landed: one statement for a whole list, which reads no attempt. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Tally } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

/** A plan's steps are its buys. A sweep has no buys: its steps are the returns. */
const SQL = `
select s.operation_id as id, s.kind, count(*)::int as legs,
  count(*) filter (where s.status in ('confirmed', 'finalized'))::int as landed,
  coalesce(sum(l.lamports) filter (where s.status in ('confirmed', 'finalized')), 0)::text as lamports
from cto.steps s join cto.legs l on l.operation_id = s.operation_id and l.leg = s.leg
where s.operation_id = any($1) and s.kind in ('buy', 'recover')
group by s.operation_id, s.kind
order by s.kind desc`;

const row = z.object({
  id: z.string(),
  legs: z.number().int(),
  landed: z.number().int(),
  lamports: z.string().transform(BigInt),
});

export const tallyLegs = async (pool: Pool, ids: readonly string[]): Promise<ReadonlyMap<string, Tally>> => {
  const rows = ids.length === 0 ? [] : await read(pool, SQL, [[...ids]]);
  // The buys come last, so they replace the returns of the same operation.
  return new Map(
    rows.map((found) => {
      const { id, legs, landed, lamports } = parseRow("steps", () => row.parse(found));
      return [id, { legs, landed, landedLamports: lamports }];
    }),
  );
};
