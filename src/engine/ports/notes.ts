/** Small durable texts by key, for what stands beside operations: linked chats, conversations, what was shown already. */

export type Note = {
  readonly key: string;
  readonly value: string;
  /** From 1; each change adds one. */
  readonly version: number;
};

export interface Notes {
  readNote(key: string): Promise<Note | null>;
  /**
   * Compare-and-set on the version; 0: there must be none yet. With null the note goes.
   * @returns whether the note is as it was asked for; false: somebody else was faster
   */
  writeNote(key: string, version: number, value: string | null): Promise<boolean>;
  /** Those whose keys begin so, in the order of their keys. */
  listNotes(prefix: string): Promise<Note[]>;
}
