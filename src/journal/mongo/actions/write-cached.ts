/** Writes a text to the shared cache and deletes expired ones. */
import type { Store } from "../store.ts";
import { isDuplicate } from "../unavailable.ts";

/** No logic depends on the cache, so one node is enough. */
const CHEAP = { writeConcern: { w: 1 } } as const;

export const writeCached = async (
  { cache, clock }: Store,
  key: string,
  value: string,
  ttlMs: number,
): Promise<void> => {
  const now = clock.now();
  await cache.deleteMany({ expiresAt: { $lt: now } }, CHEAP);
  const entry = { value, expiresAt: new Date(now.getTime() + ttlMs) };
  try {
    await cache.updateOne({ _id: key }, { $set: entry }, { upsert: true, ...CHEAP });
  } catch (error) {
    // The server refuses one of two concurrent first writers. We then keep the other one's text.
    if (!isDuplicate(error)) throw error;
  }
};
