/**
 * What is kept of a chat: the conversation it is in, together with the numbers of the updates that it has seen. Both are
 * written at once, after an update has been handled: a crash before that repeats the update on the old state, and one after
 * it finds the update in the list. What fails for good counts as handled; what an outage has stopped comes again.
 */
import { z } from "zod";
import type { CTONotes } from "../index.ts";
import { isPassing, TalkLost } from "./failures.ts";

/** Telegram repeats at most a batch of 100. Numbers do not always grow: after a quiet week they begin anew. */
const UPDATES_KEPT = 100;

const stored = z.object({ seen: z.array(z.number()), conversations: z.unknown() });

export type Talk = { readonly seen: readonly number[]; conversations: unknown };

/**
 * Runs `work` on the chat's talk, unless the update was handled before.
 * @throws TalkLost when another process has written the talk meanwhile: the update is handled again
 */
export async function withTalk(
  notes: CTONotes,
  { chatId, updateId }: { chatId: number; updateId: number },
  work: (talk: Talk) => Promise<void>,
): Promise<void> {
  const key = `talk/${chatId}`;
  const found = await notes.read(key);
  const talk: Talk = found === null ? { seen: [], conversations: undefined } : { ...parse(found.value) };
  if (talk.seen.includes(updateId)) return;
  let failure: unknown;
  try {
    await work(talk);
  } catch (error) {
    if (isPassing(error)) throw error;
    failure = error;
  }
  const seen = [...talk.seen, updateId].slice(-UPDATES_KEPT);
  const value = JSON.stringify({ seen, conversations: talk.conversations ?? null });
  if (!(await notes.write(key, found?.version ?? 0, value))) throw new TalkLost();
  if (failure !== undefined) throw failure;
}

const parse = (text: string): Talk => {
  const { seen, conversations } = stored.parse(JSON.parse(text));
  return { seen, conversations: conversations ?? undefined };
};
