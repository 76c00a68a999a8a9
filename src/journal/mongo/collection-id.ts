/** Reads the id that the server has given a collection: see `copy.ts`. */
import type { Db } from "mongodb";
import { z } from "zod";

/** The operations are never dropped, and a dump without them is no journal. */
const COLLECTION = "operations";

const listed = z.object({ info: z.object({ uuid: z.unknown() }).optional() });

/** Returns the collection's id; an empty text if the server gives none. */
export const readCollectionId = async (db: Db): Promise<string> => {
  const [found] = await db.listCollections({ name: COLLECTION }, { nameOnly: false }).toArray();
  const uuid = found === undefined ? undefined : listed.parse(found).info?.uuid;
  return uuid === undefined || uuid === null ? "" : String(uuid);
};
