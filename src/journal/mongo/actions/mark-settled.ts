/** Marks a terminal operation as settled if none of its steps can change any more. */
import { TERMINAL } from "../../statuses.ts";
import { NOBODY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const markSettled = async ({ operations }: Store, id: string): Promise<void> => {
  await operations.updateOne(
    { _id: id, status: { $in: TERMINAL }, openSteps: 0, "recovery.state": { $ne: "requested" } },
    { $set: { settled: true, ...NOBODY } },
  );
};
