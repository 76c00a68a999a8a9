/** Stores an incident of an operation, in any state of the operation. */
import type { Incident } from "../../../engine/ports.ts";
import { plainIncident } from "../../stored-incidents.ts";
import type { Store } from "../store.ts";

/** Returns false if the leg already has an incident, or the operation does not exist. */
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
