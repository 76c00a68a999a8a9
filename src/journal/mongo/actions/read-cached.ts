/** Reads an unexpired text from the shared cache. */
import { z } from "zod";
import { parseRecord } from "../../parse-record.ts";
import type { Store } from "../store.ts";

const cached = z.object({ value: z.string() });

export const readCached = async ({ cache, clock }: Store, key: string): Promise<string | null> => {
  const found = await cache.findOne({ _id: key, expiresAt: { $gt: clock.now() } });
  return found === null ? null : parseRecord("cache", () => cached.parse(found).value);
};
