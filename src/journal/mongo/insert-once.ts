/** Inserts a document in a way that the driver may safely retry. */
import { randomUUID } from "node:crypto";
import type { Collection } from "mongodb";
import type { Store } from "./store.ts";
import { isDuplicate } from "./unavailable.ts";

type Marked = { readonly _id: string; readonly write: string };

/**
 * Inserts a document, with an id of this call in `write`. Returns false if a unique index refuses it. If the
 * refusal comes from this call's own first try, whose answer was lost, the insert counts as successful.
 */
export const insertOnce = async <Doc extends Marked>(
  { decisive }: Pick<Store, "decisive">,
  collection: Collection<Doc>,
  fields: Omit<Doc, "write"> & { readonly _id: string },
): Promise<boolean> => {
  // The driver's types cannot describe a generic document. `fields` and the id of the call together are one.
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
