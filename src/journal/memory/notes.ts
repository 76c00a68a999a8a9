/** Stores notes in memory: short durable texts by key. */
import type { Note, Notes } from "../../engine/ports.ts";

export const memoryNotes = (): Notes => {
  const notes = new Map<string, Note>();
  return {
    readNote: async (key) => notes.get(key) ?? null,
    writeNote: async (key, version, value) => {
      const found = notes.get(key);
      if ((found?.version ?? 0) !== version) return value === null && found === undefined;
      if (value === null) notes.delete(key);
      else notes.set(key, { key, value, version: version + 1 });
      return true;
    },
    listNotes: async (prefix) =>
      [...notes.values()]
        .filter(({ key }) => key.startsWith(prefix))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
};
