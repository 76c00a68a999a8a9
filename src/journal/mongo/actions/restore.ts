/** Stores how far the journal has come on the chain, and the declaration that it was restored from a backup. */
import { z } from "zod";
import type { Reached, Restore } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseRecord } from "../../parse-record.ts";
import { revokeLeases } from "../adopt.ts";
import { ownCopy, whyCopied } from "../copy.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";

const REACHED = "reached";
const RESTORE = "restore";

/** Pads slots and heights to 20 digits, so that they compare correctly as text. */
const digits = (value: bigint): string => value.toString().padStart(20, "0");

const reachedSchema = z.object({ slot: z.coerce.bigint(), first: z.coerce.bigint(), at: z.date() });
const restoreSchema = z.object({
  by: z.string(),
  reason: z.string(),
  at: z.date(),
  since: z.coerce.bigint(),
  lastValidBlockHeight: z.coerce.bigint(),
});

export const readReached = async ({ marks, decisive }: Store): Promise<Reached | null> => {
  const found = await marks.findOne({ _id: REACHED }, decisive);
  return found === null ? null : parseRecord("marks", () => reachedSchema.parse(found));
};

/** Another copy keeps its own mark until it is declared: a new one would hide its age from the declaration. */
export const writeReached = async (store: Store, slot: bigint): Promise<void> => {
  if ((await whyCopied(store)) !== null) return;
  const at = await store.clock.ask();
  if (await insertOnce(store, store.marks, { _id: REACHED, slot: digits(slot), first: digits(slot), at }))
    return;
  await store.marks.updateOne(
    { _id: REACHED, slot: { $lt: digits(slot) } },
    { $set: { slot: digits(slot), at } },
  );
};

export const readRestore = async ({ marks, decisive }: Store): Promise<Restore | null> => {
  const found = await marks.findOne({ _id: RESTORE }, decisive);
  return found === null ? null : parseRecord("marks", () => restoreSchema.parse(found));
};

/**
 * Marks the operations first, and then revokes all leases: a worker that has read an operation without its mark writes
 * nothing more. If the call fails after that, the caller declares the restore again; both may happen twice.
 */
export const declareRestore = async (store: Store, given: Omit<Restore, "at">): Promise<Restore> => {
  await store.operations.updateMany({}, { $set: { restored: true } });
  await revokeLeases(store);
  const at = await store.clock.ask();
  const { by, reason, since, lastValidBlockHeight } = given;
  const fields = { by, reason, at, since: digits(since), lastValidBlockHeight: digits(lastValidBlockHeight) };
  if (!(await insertOnce(store, store.marks, { _id: RESTORE, ...fields }))) {
    const { since: declaredAt, lastValidBlockHeight: height, ...words } = fields;
    await store.marks.updateOne(
      { _id: RESTORE },
      { $set: words, $min: { since: declaredAt }, $max: { lastValidBlockHeight: height } },
    );
  }
  await store.marks.deleteOne({ _id: REACHED });
  await ownCopy(store);
  const written = await readRestore(store);
  if (written === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: "the declaration of a restore is gone" });
  return written;
};
