/** Keeps an incident of an operation, whatever the operation's state is. */
import type { Incident } from "../../../engine/ports.ts";
import { plainIncident } from "../../stored-incidents.ts";
import type { Store } from "../store.ts";

/** False when its leg has one already, or there is no such operation. */
export const recordIncident = async (
  { operations }: Store,
  id: string,
  incident: Incident,
): Promise<boolean> => {
  const field = `incidents.${incident.leg}`;
  const { matchedCount } = await operations.updateOne(
    { _id: id, [field]: { $exists: false } },
    { $set: { [field]: plainIncident(incident) } },
  );
  return matchedCount === 1;
};
