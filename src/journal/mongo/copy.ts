/**
 * Knows which copy of the database the workers use. The server gives each collection an id of its own; `mongorestore` makes
 * new collections, so a restored dump names ids that are not there. A replica set's members share the ids, and what a
 * majority has confirmed survives a failover, so that needs no declaration.
 */
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { parseRecord } from "../parse-record.ts";
import { insertOnce } from "./insert-once.ts";
import type { Store } from "./store.ts";

const COPY = "copy";

const HOW = "its collections were put back from a dump";

const ownSchema = z.object({ collection: z.string() });

/** Stores the id when the journal is opened for the first time; later calls change nothing. */
export const ownNewCopy = async (store: Store): Promise<void> => {
  const at = await store.clock.ask();
  await insertOnce(store, store.marks, { _id: COPY, at, collection: await store.readCollectionId() });
};

/** The workers use this copy from now on. */
export const ownCopy = async (store: Store): Promise<void> => {
  const collection = await store.readCollectionId();
  await store.marks.updateOne({ _id: COPY }, { $set: { collection, at: await store.clock.ask() } });
};

/** Returns why this is another copy than the one that the workers used; null if it is that one. */
export const whyCopied = async (store: Store): Promise<string | null> => {
  const found = await store.marks.findOne({ _id: COPY }, store.decisive);
  if (found === null) return HOW;
  const { collection } = parseRecord("marks", () => ownSchema.parse(found));
  return collection === (await store.readCollectionId()) ? null : HOW;
};

/** @throws `CTO_E_JOURNAL_COPIED` */
export const requireOwnCopy = async (store: Store): Promise<void> => {
  const reason = await whyCopied(store);
  if (reason !== null) throw new CTOError("CTO_E_JOURNAL_COPIED", { reason });
};
