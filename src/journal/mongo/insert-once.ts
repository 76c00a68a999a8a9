/** An insertion that may be repeated by the driver without harm. */
import { randomUUID } from "node:crypto";
import type { Collection } from "mongodb";
import type { Store } from "./store.ts";
import { isDuplicate } from "./unavailable.ts";

type Marked = { readonly _id: string; readonly write: string };

/**
 * Inserts a document, with a mark of this one call in `write`. False when a unique index refuses it; but a refusal by
 * the call's own first try, whose answer was lost, is none.
 */
export const insertOnce = async <Doc extends Marked>(
  { decisive }: Pick<Store, "decisive">,
  collection: Collection<Doc>,
  fields: Omit<Doc, "write"> & { readonly _id: string },
): Promise<boolean> => {
  // The driver's types do not follow a generic document; `fields` and the mark are one.
  const marked = collection as unknown as Collection<Marked>;
  const document: Marked = { ...fields, write: randomUUID() };
  try {
    await marked.insertOne(document);
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const { _id, write } = document;
    return (await marked.findOne({ _id, write }, decisive)) !== null;
  }
};
