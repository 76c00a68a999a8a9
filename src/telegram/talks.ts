/**
 * Stores the record of a chat: its conversation, and the numbers of the updates that were handled. We write both at
 * once, after an update was handled. After a crash before the write, the update is repeated on the old state. After a
 * crash behind it, the update's number is in the list. An update that fails for good counts as handled; after an outage
 * it is repeated.
 */
import { z } from "zod";
import type { CTONotes } from "../index.ts";
import { isPassing, TalkLost } from "./failures.ts";

/**
 * How many numbers we keep. Telegram repeats at most a batch of 100. Numbers do not always increase: after a quiet
 * week, they begin at a random number.
 */
const UPDATES_KEPT = 100;

/** `userId`: the user for whom the chat acted then. */
const stored = z.object({
  seen: z.array(z.number()),
  conversations: z.unknown(),
  userId: z.string().optional(),
});

export type Talk = { readonly seen: readonly number[]; conversations: unknown };

/**
 * Runs `work` on the chat's record, unless the update was handled before. A chat that now acts for another user begins
 * without the conversation of the user before.
 *
 * @throws TalkLost if another process has written the record in the meantime: the update is handled again
 */
export async function withTalk(
  notes: CTONotes,
  { chatId, userId, updateId }: { chatId: number; userId: string; updateId: number },
  work: (talk: Talk) => Promise<void>,
): Promise<void> {
  const key = `talk/${chatId}`;
  const found = await notes.read(key);
  const talk = found === null ? { seen: [], conversations: undefined } : parse(found.value, userId);
  if (talk.seen.includes(updateId)) return;
  let failure: unknown;
  try {
    await work(talk);
  } catch (error) {
    if (isPassing(error)) throw error;
    failure = error;
  }
  const seen = [...talk.seen, updateId].slice(-UPDATES_KEPT);
  const value = JSON.stringify({ seen, userId, conversations: talk.conversations ?? null });
  if (!(await notes.write(key, found?.version ?? 0, value))) throw new TalkLost();
  if (failure !== undefined) throw failure;
}

const parse = (text: string, now: string): Talk => {
  const { seen, conversations, userId } = stored.parse(JSON.parse(text));
  const isTheirs = userId === undefined || userId === now;
  return { seen, conversations: isTheirs ? (conversations ?? undefined) : undefined };
};
