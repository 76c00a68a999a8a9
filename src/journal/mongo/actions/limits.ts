/** Reads and writes the sets of limits, and the halt. */
import { z } from "zod";
import type { Halt, LimitSet, StoredLimits } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decodeLimits, encodeLimits } from "../../stored-limits.ts";
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

export const writeLimits = async ({ limits }: Store, userId: string | null, set: LimitSet): Promise<void> => {
  const write = () =>
    limits.updateOne({ _id: scopeOf(userId) }, { $set: { limits: encodeLimits(set) } }, { upsert: true });
  try {
    await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await write(); // The server refuses one of two concurrent first writers. The document now exists, so we retry.
  }
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
