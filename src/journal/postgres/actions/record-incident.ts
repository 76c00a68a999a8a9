/** Stores an incident of an operation, in any state of the operation. */
import type { Pool } from "pg";
import type { Incident } from "../../../engine/ports.ts";
import { plainIncident } from "../../stored-incidents.ts";
import { write } from "../query.ts";

const SQL = `
update cto.operations o set incidents = o.incidents || jsonb_build_object($2::text, $3::jsonb)
where o.id = $1 and not o.incidents ? $2::text
returning o.id`;

/** Returns false if the leg already has an incident, or the operation does not exist. */
export const recordIncident = async (pool: Pool, id: string, incident: Incident): Promise<boolean> => {
  const rows = await write(pool, SQL, [id, String(incident.leg), JSON.stringify(plainIncident(incident))]);
  return rows.length === 1;
};
