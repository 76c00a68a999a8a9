/** Reads, writes and lists notes. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Note } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";

const note = z
  .object({ _id: z.string(), value: z.string(), version: z.number().int() })
  .transform(({ _id, value, version }): Note => ({ key: _id, value, version }));

const parse = (document: unknown): Note => parseRecord("notes", () => note.parse(document));

export const readNote = async ({ notes, decisive }: Store, key: string): Promise<Note | null> => {
  const found = await notes.findOne({ _id: key }, decisive);
  return found === null ? null : parse(found);
};

export const listNotes = async ({ notes }: Store, prefix: string): Promise<Note[]> => {
  const beginning = `^${prefix.replace(/[^\w/]/g, "\\$&")}`;
  const found = await notes
    .find({ _id: { $regex: beginning } })
    .sort({ _id: 1 })
    .toArray();
  return found.map(parse);
};

export const writeNote = async (
  store: Store,
  key: string,
  version: number,
  value: string | null,
): Promise<boolean> => {
  const { notes, decisive } = store;
  if (value === null) {
    const { deletedCount } = await notes.deleteOne({ _id: key, version });
    return deletedCount === 1 || (await readNote(store, key)) === null;
  }
  if (version === 0) return insertOnce(store, notes, { _id: key, value, version: 1 });
  const mark = randomUUID();
  const change = { $set: { value, version: version + 1, write: mark } };
  const { matchedCount } = await notes.updateOne({ _id: key, version }, change);
  // The driver may have sent the update twice. The second one then matches nothing, although our write succeeded.
  return matchedCount === 1 || (await notes.findOne({ _id: key, write: mark }, decisive)) !== null;
};
