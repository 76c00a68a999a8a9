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

const stored = z.object({
  seen: z.array(z.number()),
  conversations: z.unknown(),
  /** The user for whom the chat acted then. */
  userId: z.string().optional(),
  /** The operation that the last such update chose. */
  chosen: z.object({ update: z.number(), jobId: z.string() }).optional(),
});

export type Talk = {
  conversations: unknown;
  /** The operation that an earlier try of this update chose. */
  readonly chosen: string | undefined;
  /** Stores which operation the update acts on, before it acts. If the update is repeated, it acts on the same one. */
  choose(jobId: string): Promise<void>;
};

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
  const read = () => (found === null ? NEW : parse(found.value, userId));
  const { seen, conversations, chosen } = read();
  if (seen.includes(updateId)) return;
  let version = found?.version ?? 0;
  const write = async ({ conversations: kept = null, ...rest }: TalkRecord): Promise<void> => {
    const value = JSON.stringify({ ...rest, userId, conversations: kept });
    if (!(await notes.write(key, version, value))) throw new TalkLost();
    version += 1;
  };
  const talk: Talk = {
    conversations,
    chosen: chosen?.update === updateId ? chosen.jobId : undefined,
    // The rest of the record is written as it was found: the update has not been handled yet.
    choose: (jobId) => write({ ...read(), chosen: { update: updateId, jobId } }),
  };
  let failure: unknown;
  try {
    await work(talk);
  } catch (error) {
    if (isPassing(error)) throw error;
    failure = error;
  }
  await write({ seen: [...seen, updateId].slice(-UPDATES_KEPT), conversations: talk.conversations });
  if (failure !== undefined) throw failure;
}

type TalkRecord = Pick<z.infer<typeof stored>, "seen" | "conversations" | "chosen">;
const NEW: TalkRecord = { seen: [], conversations: undefined };

const parse = (text: string, now: string): TalkRecord => {
  const { userId, conversations, ...rest } = stored.parse(JSON.parse(text));
  const isTheirs = userId === undefined || userId === now;
  return { ...rest, conversations: isTheirs ? (conversations ?? undefined) : undefined };
};
