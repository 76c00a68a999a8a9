/** Writes a text into the shared cache, and takes out what has expired. */
import type { Store } from "../store.ts";
import { isDuplicate } from "../unavailable.ts";

/** Nothing rests on it: it need not be on more than one node. */
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
    // Of two first writers at once one is refused: as if the other had come later.
    if (!isDuplicate(error)) throw error;
  }
};
