/** Reads an operation's legs, in order. */
import type { Leg } from "../../../engine/ports.ts";
import { parseLegs } from "../documents/leg.ts";
import type { Store } from "../store.ts";

export const readLegs = async ({ operations, decisive }: Store, id: string): Promise<Leg[]> => {
  const found = await operations.findOne({ _id: id }, { ...decisive, projection: { legs: 1, received: 1 } });
  return found === null ? [] : parseLegs(found);
};
