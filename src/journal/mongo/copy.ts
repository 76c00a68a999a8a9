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

/** A note's id begins so. An older release wrote one note with this id alone. */
const COPY = "copy";

const HOW = "its collections were put back from a dump";

const ownSchema = z.array(z.object({ _id: z.string(), collection: z.string() }));

/**
 * The note's id has the collection's id: `mongorestore` skips an id that is there already, so a dump that it puts into an
 * opened database must bring a note of its own.
 */
const idOf = (collection: string): string => `${COPY}/${collection}`;

const readNotes = async ({ marks, decisive }: Store): Promise<z.output<typeof ownSchema>> => {
  const found = await marks.find({ _id: { $regex: `^${COPY}(/|$)` } }, decisive).toArray();
  return parseRecord("marks", () => ownSchema.parse(found));
};

const insertOwn = async (store: Store, collection: string): Promise<void> => {
  const at = await store.clock.ask();
  await insertOnce(store, store.marks, { _id: idOf(collection), at, collection });
};

/** Stores the id when the journal is opened for the first time; later calls change nothing. */
export const ownNewCopy = async (store: Store): Promise<void> => {
  if ((await readNotes(store)).length === 0) await insertOwn(store, await store.readCollectionId());
};

/** The workers use this copy from now on. */
export const ownCopy = async (store: Store): Promise<void> => {
  const collection = await store.readCollectionId();
  // First the own one: without any note, the next process would take the database for a new one.
  await insertOwn(store, collection);
  const others = (await readNotes(store)).map(({ _id }) => _id).filter((id) => id !== idOf(collection));
  await store.marks.deleteMany({ _id: { $in: others } });
};

/** Returns why this is another copy than the one that the workers used; null if it is that one. */
export const whyCopied = async (store: Store): Promise<string | null> => {
  const notes = await readNotes(store);
  const [own] = notes;
  if (own === undefined || notes.length > 1) return HOW;
  return own.collection === (await store.readCollectionId()) ? null : HOW;
};

/** A failover keeps what a majority has confirmed, so there is nothing that the server would have to tell. */
export const tellsCopies = async (): Promise<boolean> => true;

/** @throws `CTO_E_JOURNAL_COPIED` */
export const requireOwnCopy = async (store: Store): Promise<void> => {
  const reason = await whyCopied(store);
  if (reason !== null) throw new CTOError("CTO_E_JOURNAL_COPIED", { reason });
};
