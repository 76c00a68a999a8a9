/** Reads and writes the sets of limits, and the halt. */
import { z } from "zod";
import type { Halt, LimitSet, StoredLimits } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decodeLimits, encodeLimits, isStored } from "../../stored-limits.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";
import { isDuplicate } from "../unavailable.ts";

const EVERYONE = "*";
const scopeOf = (userId: string | null): string => (userId === null ? EVERYONE : `=${userId}`);

const setSchema = z.object({ _id: z.string(), limits: z.string() });

export const readLimits = async ({ limits }: Store, userId: string): Promise<StoredLimits> => {
  const found = await limits.find({ _id: { $in: [EVERYONE, scopeOf(userId)] } }).toArray();
  const sets = parseRecord(
    "limits",
    () => new Map(found.map((one) => setSchema.parse(one)).map((one) => [one._id, decodeLimits(one.limits)])),
  );
  return { everyone: sets.get(EVERYONE) ?? null, own: sets.get(scopeOf(userId)) ?? null };
};

const overwrite = async ({ limits }: Store, _id: string, text: string): Promise<void> => {
  const write = () => limits.updateOne({ _id }, { $set: { limits: text } }, { upsert: true });
  try {
    await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await write(); // The server refuses one of two concurrent first writers. The document now exists, so we retry.
  }
};

const insert = async ({ limits }: Store, _id: string, text: string): Promise<boolean> => {
  try {
    await limits.insertOne({ _id, limits: text });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
};

/** If the answer is lost, the change looks refused. The caller then makes the same change once more. */
export const writeLimits = async (
  store: Store,
  userId: string | null,
  set: LimitSet,
  before?: LimitSet | null,
): Promise<boolean> => {
  const { limits, decisive } = store;
  const _id = scopeOf(userId);
  const text = encodeLimits(set);
  if (before === undefined) {
    await overwrite(store, _id, text);
    return true;
  }
  const found = await limits.findOne({ _id }, decisive);
  const stored = found === null ? null : parseRecord("limits", () => setSchema.parse(found).limits);
  if (!parseRecord("limits", () => isStored(stored, before))) return false;
  if (stored === null) return insert(store, _id, text);
  return (await limits.updateOne({ _id, limits: stored }, { $set: { limits: text } })).matchedCount === 1;
};

const HALT = "halt";
const haltSchema = z.object({ by: z.string(), reason: z.string(), at: z.date() });

export const readHalt = async ({ switches, decisive }: Store): Promise<Halt | null> => {
  const found = await switches.findOne({ _id: HALT }, decisive);
  return found === null ? null : parseRecord("switches", () => haltSchema.parse(found));
};

/** An existing halt stays unchanged. */
export const writeHalt = async (store: Store, halt: Omit<Halt, "at"> | null): Promise<Halt | null> => {
  if (halt === null) {
    await store.switches.deleteOne({ _id: HALT });
    return null;
  }
  const at = await store.clock.ask();
  await insertOnce(store, store.switches, { _id: HALT, by: halt.by, reason: halt.reason, at });
  return readHalt(store);
};
