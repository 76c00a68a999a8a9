/** Prolongs leases, even expired ones if no other worker has taken them over. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Lease } from "../../../engine/ports.ts";
import { write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";
import { witnessOf } from "../witness.ts";

// The rows are locked in one order, so that no two workers wait for each other.
const sql = (position: string): string => `
update cto.leases l set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
from (
  select held.user_id, given.place from cto.leases held
  join unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as given (user_id, owner, token, place)
    on held.user_id = given.user_id and held.owner = given.owner and held.token = given.token
  where (select cto.how_copied()) is null
  order by held.user_id for update of held
) as own
where l.user_id = own.user_id
returning own.place, ${position} as position`;

const renewed = z.object({ place: z.coerce.number() });

/** Returns false for each lease that was taken over or released, and for all of them on another copy of the database. */
export const renewLeases = async (
  pool: Pool,
  leases: readonly Lease[],
  ttlMs: number,
): Promise<boolean[]> => {
  const witness = witnessOf(pool);
  const rows = await write(pool, sql(witness?.position ?? "null"), [
    leases.map(({ userId }) => userId),
    leases.map(({ owner }) => owner),
    leases.map(({ token }) => token),
    ttlMs,
  ]);
  witness?.wrote(rows);
  const places = new Set(rows.map((row) => parseRow("leases", () => renewed.parse(row)).place));
  return leases.map((_, at) => places.has(at + 1));
};
