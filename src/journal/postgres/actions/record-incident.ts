/** Keeps an incident of an operation, whatever the operation's state is. */
import type { Pool } from "pg";
import type { Incident } from "../../../engine/ports.ts";
import { plainIncident } from "../../stored-incidents.ts";
import { write } from "../query.ts";

const SQL = `
update cto.operations o set incidents = o.incidents || jsonb_build_object($2::text, $3::jsonb)
where o.id = $1 and not o.incidents ? $2::text
returning o.id`;

/** False when its leg has one already, or there is no such operation. */
export const recordIncident = async (pool: Pool, id: string, incident: Incident): Promise<boolean> => {
  const rows = await write(pool, SQL, [id, String(incident.leg), JSON.stringify(plainIncident(incident))]);
  return rows.length === 1;
};
