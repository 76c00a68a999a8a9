/** Stores the shared cache in memory. */
import type { SharedCache } from "../../engine/ports.ts";

export const memoryCache = (now: () => Date): SharedCache => {
  const entries = new Map<string, { value: string; expiresAt: number }>();
  return {
    readCached: async (key) => {
      const entry = entries.get(key);
      return entry !== undefined && entry.expiresAt > now().getTime() ? entry.value : null;
    },
    writeCached: async (key, value, ttlMs) => {
      entries.set(key, { value, expiresAt: now().getTime() + ttlMs });
    },
  };
};
