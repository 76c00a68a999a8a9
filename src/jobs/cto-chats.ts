/** Linked chats, and small durable texts for bots, for external applications: all that a bot needs besides the operations. */
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
 * A code that links one chat to a user, once, within 15 minutes.
 * @throws `CTO_E_USER_UNKNOWN`
 * @example
 * const { code } = await createCTOChatCode("user123"); // The user sends the bot: /start <code>
 */
export async function createCTOChatCode(userId: string): Promise<ChatCode> {
  return createChatCode(await defaultContext(), userId);
}

/** Redeems a code. @returns the user; null: the code is unknown, over, or another chat's */
export async function linkCTOChat(code: string, chatId: number): Promise<string | null> {
  return linkChat(await defaultContext(), code, chatId);
}

/** The user that a chat acts for; null: none. */
export async function getCTOChatUser(chatId: number): Promise<string | null> {
  return chatUser(await defaultContext(), chatId);
}

export async function listCTOChats(userId?: string): Promise<LinkedChat[]> {
  return listChats(await defaultContext(), userId);
}

/** False: it was not linked. */
export async function unlinkCTOChat(chatId: number): Promise<boolean> {
  return unlinkChat(await defaultContext(), chatId);
}

export type CTONotes = {
  read(key: string): Promise<Note | null>;
  /** Compare-and-set on the version, 0 for a new one; null removes. False: somebody else was faster. */
  write(key: string, version: number, value: string | null): Promise<boolean>;
  list(prefix?: string): Promise<Note[]>;
};

/**
 * Small durable texts of an application's own, in the journal: conversations, message numbers.
 *
 * @param name of the application; others' notes are not seen
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
