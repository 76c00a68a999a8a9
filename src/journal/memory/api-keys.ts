/** Stores the keys of the HTTP API in memory. */
import type { ApiKey, ApiKeys } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { State } from "./state.ts";

export const memoryApiKeys = (state: State): ApiKeys => {
  const keys = new Map<string, { key: ApiKey; secretHash: string }>();
  const change = (id: string, fields: Partial<ApiKey>): ApiKey | null => {
    const found = keys.get(id);
    if (found === undefined) return null;
    const key = { ...found.key, ...fields };
    keys.set(id, { ...found, key });
    return key;
  };
  return {
    addApiKey: async ({ secretHash, ...given }) => {
      if (given.userId !== undefined && !state.users.has(given.userId)) {
        throw new CTOError("CTO_E_USER_UNKNOWN", { userId: given.userId });
      }
      const key: ApiKey = { ...given, createdAt: state.now() };
      keys.set(key.id, { key, secretHash });
      return key;
    },
    readApiKey: async (id) => keys.get(id) ?? null,
    listApiKeys: async () => [...keys.values()].map(({ key }) => key),
    revokeApiKey: async (id) => change(id, { revokedAt: keys.get(id)?.key.revokedAt ?? state.now() }),
    expireApiKey: async (id, at) => {
      const ends = keys.get(id)?.key.expiresAt;
      return change(id, { expiresAt: ends !== undefined && ends < at ? ends : at });
    },
    touchApiKey: async (id) => {
      change(id, { lastUsedAt: state.now() });
    },
  };
};
