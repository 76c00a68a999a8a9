/** Reads one operation. */
import type { Operation } from "../../../engine/ports.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const readOperation = async (
  { operations, decisive }: Store,
  id: string,
): Promise<Operation | null> => {
  const found = await operations.findOne({ _id: id }, { ...decisive, projection: SUMMARY });
  return found === null ? null : parseOperation(found);
};
