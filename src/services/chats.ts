/**
 * Links Telegram chats to the users for whom they may act. A caller who may act for the user creates a one-time code.
 * The first chat that redeems the code is linked.
 */
import { createHash, randomBytes } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { z } from "zod";
import type { Notes } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

type Journaled = Pick<CTOContext, "config" | "journal">;

/** How long a code can be redeemed, ms. */
const CODE_MS = 15 * 60_000;
/** 128 bits, so that a code cannot be guessed before it expires. */
const CODE_BYTES = 16;

export type LinkedChat = { readonly chatId: number; readonly userId: string; readonly since: Date };
export type ChatCode = { readonly code: string; readonly expiresAt: Date };

const storedCode = z.object({ userId: z.string(), expiresAt: z.number(), usedBy: z.number().optional() });
const storedLink = z.object({ userId: z.string(), since: z.iso.datetime() });

const CODES = "chat-code/";
const LINKS = "chat/";
/** The journal stores the code's hash, not the code. */
const keyOfCode = (code: string): string => `${CODES}${createHash("sha256").update(code).digest("hex")}`;

async function sweepCodes(journal: Notes, isOver: (code: z.infer<typeof storedCode>) => boolean) {
  for (const { key, value, version } of await journal.listNotes(CODES)) {
    if (isOver(storedCode.parse(JSON.parse(value)))) await journal.writeNote(key, version, null);
  }
}

/**
 * Creates a code that links one chat to the user. Only this function's result contains the code; nothing can show it
 * again.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function createChatCode(context: Journaled, userId: string): Promise<ChatCode> {
  const { journal } = context;
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  await sweepCodes(journal, ({ expiresAt }) => expiresAt <= Date.now());
  const code = getBase58Decoder().decode(randomBytes(CODE_BYTES));
  const expiresAt = Date.now() + CODE_MS;
  await audit(context, "chat.code-created", userId);
  await journal.writeNote(keyOfCode(code), 0, JSON.stringify({ userId, expiresAt }));
  return { code, expiresAt: new Date(expiresAt) };
}

async function writeLink({ journal }: Pick<Journaled, "journal">, chatId: number, userId: string) {
  const key = `${LINKS}${chatId}`;
  const value = JSON.stringify({ userId, since: new Date().toISOString() });
  for (;;) {
    const found = await journal.readNote(key);
    if (await journal.writeNote(key, found?.version ?? 0, value)) return;
  }
}

/**
 * Redeems a code for a chat. If the process died half-way, the same chat may redeem the code again; any other chat is
 * refused.
 *
 * @returns the user's id; null if the code is unknown, has expired, or belongs to another chat
 */
export async function linkChat(context: Journaled, code: string, chatId: number): Promise<string | null> {
  const { journal } = context;
  const key = keyOfCode(code);
  const found = await journal.readNote(key);
  if (found === null) return null;
  const { userId, expiresAt, usedBy } = storedCode.parse(JSON.parse(found.value));
  if (expiresAt <= Date.now() || (usedBy !== undefined && usedBy !== chatId)) return null;
  const used = JSON.stringify({ userId, expiresAt, usedBy: chatId });
  if (!(await journal.writeNote(key, found.version, used))) return null;
  await audit(context, "chat.linked", userId, { chat: String(chatId) });
  await writeLink(context, chatId, userId);
  await journal.writeNote(key, found.version + 1, null);
  return userId;
}

/** Lists the linked chats of one user, or of all users. */
export async function listChats(
  { journal }: Pick<Journaled, "journal">,
  userId?: string,
): Promise<LinkedChat[]> {
  const all = (await journal.listNotes(LINKS)).map(({ key, value }) => {
    const { since, ...link } = storedLink.parse(JSON.parse(value));
    return { chatId: Number(key.slice(LINKS.length)), ...link, since: new Date(since) };
  });
  return all.filter((chat) => userId === undefined || chat.userId === userId);
}

/** @returns the id of the user for whom the chat acts; null if the chat is not linked */
export async function chatUser(
  { journal }: Pick<Journaled, "journal">,
  chatId: number,
): Promise<string | null> {
  const found = await journal.readNote(`${LINKS}${chatId}`);
  return found === null ? null : storedLink.parse(JSON.parse(found.value)).userId;
}

/** Unlinks a chat, which then can do nothing. Returns false if the chat was not linked. */
export async function unlinkChat(context: Journaled, chatId: number): Promise<boolean> {
  const { journal } = context;
  await sweepCodes(journal, ({ usedBy }) => usedBy === chatId);
  for (;;) {
    const found = await journal.readNote(`${LINKS}${chatId}`);
    if (found === null) return false;
    const { userId } = storedLink.parse(JSON.parse(found.value));
    await audit(context, "chat.unlinked", userId, { chat: String(chatId) });
    if (await journal.writeNote(found.key, found.version, null)) return true;
  }
}
