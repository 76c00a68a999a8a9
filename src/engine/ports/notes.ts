/**
 * Defines a store of small durable texts by key, for data that does not belong to operations: linked chats,
 * conversations, what was already shown.
 */

export type Note = {
  readonly key: string;
  readonly value: string;
  /** From 1; each change adds one. */
  readonly version: number;
};

export interface Notes {
  readNote(key: string): Promise<Note | null>;
  /**
   * Compare-and-set on the version; 0 means that no note exists yet. A null value deletes the note.
   *
   * @returns true if the note is now as requested; false if another writer was faster
   */
  writeNote(key: string, version: number, value: string | null): Promise<boolean>;
  /** Returns the notes whose keys begin with this prefix, ordered by key. */
  listNotes(prefix: string): Promise<Note[]>;
}
