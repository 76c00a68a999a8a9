/** Reads an operation's legs, in order. */
import type { Leg } from "../../../engine/ports.ts";
import { parseLegs } from "../documents/leg.ts";
import type { Store } from "../store.ts";

export const readLegs = async ({ operations, decisive }: Store, id: string): Promise<Leg[]> => {
  const projection = { legs: 1, anchors: 1, received: 1 };
  const found = await operations.findOne({ _id: id }, { ...decisive, projection });
  return found === null ? [] : parseLegs(found);
};
