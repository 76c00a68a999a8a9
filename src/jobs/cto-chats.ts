/**
 * Offers linked chats and small durable notes to external applications. With the operations, a bot needs nothing else.
 */
import type { Note } from "../engine/ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import {
  type ChatCode,
  chatUser,
  createChatCode,
  type LinkedChat,
  linkChat,
  listChats,
  unlinkChat,
} from "../services/chats.ts";

/**
 * Creates a code that links one chat to a user, once, within 15 minutes.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 * @example
 * const { code } = await createCTOChatCode("user123"); // The user sends the bot: /start <code>
 */
export async function createCTOChatCode(userId: string): Promise<ChatCode> {
  return createChatCode(await defaultContext(), userId);
}

/**
 * Redeems a code.
 *
 * @returns the user's id; null if the code is unknown, has expired, or belongs to another chat
 */
export async function linkCTOChat(code: string, chatId: number): Promise<string | null> {
  return linkChat(await defaultContext(), code, chatId);
}

/** Returns the id of the user for whom a chat acts; null if the chat is not linked. */
export async function getCTOChatUser(chatId: number): Promise<string | null> {
  return chatUser(await defaultContext(), chatId);
}

export async function listCTOChats(userId?: string): Promise<LinkedChat[]> {
  return listChats(await defaultContext(), userId);
}

/** Unlinks a chat. Returns false if it was not linked. */
export async function unlinkCTOChat(chatId: number): Promise<boolean> {
  return unlinkChat(await defaultContext(), chatId);
}

export type CTONotes = {
  read(key: string): Promise<Note | null>;
  /**
   * Writes with compare-and-set on the version. Version 0 creates a note; the value null removes it. Returns false if
   * another write came first.
   */
  write(key: string, version: number, value: string | null): Promise<boolean>;
  list(prefix?: string): Promise<Note[]>;
};

/**
 * Opens an application's own notes in the journal: small durable texts, such as conversations or message numbers.
 *
 * @param name the application's name; it separates the notes of different applications
 * @example
 * const notes = openCTONotes("my-bot");
 * await notes.write("greeted/12345", 0, "yes");
 */
export function openCTONotes(name: string): CTONotes {
  const root = `app/${name}/`;
  return {
    async read(key) {
      const found = await (await defaultContext()).journal.readNote(`${root}${key}`);
      return found === null ? null : { ...found, key };
    },
    async write(key, version, value) {
      return (await defaultContext()).journal.writeNote(`${root}${key}`, version, value);
    },
    async list(prefix = "") {
      const found = await (await defaultContext()).journal.listNotes(`${root}${prefix}`);
      return found.map((note) => ({ ...note, key: note.key.slice(root.length) }));
    },
  };
}
