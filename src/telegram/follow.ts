/**
 * Shows every operation in its chat, if that chat is linked to the operation's user. Each operation has one message,
 * which we edit as the operation proceeds. We store what is shown, so that the bot can continue after an interruption.
 * While Telegram's rate limit makes us wait, we skip states, and show the last one afterwards.
 */
import type { Api } from "grammy";
import { z } from "zod";
import {
  type CTONotes,
  type CTOOperationSummary,
  getCTOChatUser,
  getCTOJobStatus,
  listCTOOperations,
  type Note,
} from "../index.ts";
import { isGone, isMessageGone, isRefused, isUnchanged, retryAfter } from "./failures.ts";
import { operationText } from "./text.ts";

const PAGE = 100;
/** How far back we read again, ms. The order of the operations' numbers is not exactly the order of their times. */
const OVERLAP_MS = 60_000;
/** How long the note of a finished message stays, ms. Without it, we would send the message again. */
const DONE_MS = 10 * OVERLAP_MS;
/** How long we wait for finality after the end, ms. Until then, a fork may still drop a landed transaction. */
const SETTLING_MS = 10 * 60_000;

const stored = z.object({
  chat: z.number(),
  message: z.number().optional(),
  text: z.string(),
  /** When the message was last shown, and when it was finished. */
  at: z.number(),
  done: z.number().optional(),
});
type Shown = z.infer<typeof stored>;
type Following = { readonly jobId: string; readonly note: Note; readonly shown: Shown };

const HTML = { parse_mode: "HTML", link_preview_options: { is_disabled: true } } as const;
const SHOWN = "shown/";
const SINCE = "since";

async function* created(after: Date): AsyncGenerator<CTOOperationSummary> {
  for (let before: string | undefined; ; ) {
    const filter = { createdAfter: after, limit: PAGE, ...(before === undefined ? {} : { before }) };
    const page = await listCTOOperations(filter);
    yield* page;
    if (page.length < PAGE) return;
    before = page.at(-1)?.jobId;
  }
}

/** Creates a note for each new operation. At the bot's first start, earlier operations are ignored. */
async function discover(notes: CTONotes): Promise<void> {
  const now = Date.now();
  const since = await notes.read(SINCE);
  const from = since === null ? now : Number(since.value);
  for await (const { jobId, data, createdAt } of created(new Date(from - OVERLAP_MS))) {
    const { userChatId: chat = 0, userId } = data;
    const isBefore = since === null && createdAt.getTime() < now;
    if (chat === 0 || isBefore || (await getCTOChatUser(chat)) !== userId) continue;
    await notes.write(`${SHOWN}${jobId}`, 0, JSON.stringify({ chat, text: "", at: 0 } satisfies Shown));
  }
  await notes.write(SINCE, since?.version ?? 0, String(now));
}

const keep = (notes: CTONotes, { note }: Following, shown: Shown): Promise<boolean> =>
  notes.write(note.key, note.version, JSON.stringify(shown));

export type Follower = { look(): Promise<void> };

export function createFollower(api: Api, notes: CTONotes): Follower {
  /** The time until which a chat must wait for Telegram's rate limit, by chat. */
  const resting = new Map<number, number>();

  const show = async ({ shown }: Following, text: string): Promise<number | undefined> => {
    if (shown.message === undefined) return (await api.sendMessage(shown.chat, text, HTML)).message_id;
    await api.editMessageText(shown.chat, shown.message, text, HTML).catch((error: unknown) => {
      if (!isUnchanged(error)) throw error;
    });
    return shown.message;
  };

  /** @returns whether Telegram was called */
  const update = async (following: Following): Promise<boolean> => {
    const { jobId, shown } = following;
    const status = await getCTOJobStatus(jobId);
    const linked = status.status !== "not_found" && (await getCTOChatUser(shown.chat)) === status.data.userId;
    const now = Date.now();
    if (status.status === "not_found" || !linked) {
      await keep(notes, following, { ...shown, done: now });
      return false;
    }
    const { finishedOn, settled } = status;
    const finished = finishedOn !== undefined && (settled || now - finishedOn > SETTLING_MS);
    const over = finished ? { done: now } : {};
    const text = operationText(status);
    if (text === shown.text) {
      if (finished) await keep(notes, following, { ...shown, ...over });
      return false;
    }
    try {
      const message = await show(following, text);
      await keep(notes, following, { ...shown, ...over, message, text, at: now });
    } catch (error) {
      const seconds = retryAfter(error);
      if (seconds !== null) resting.set(shown.chat, now + seconds * 1_000);
      else if (isGone(error)) await keep(notes, following, { ...shown, done: now });
      // The user has deleted the message. The result gets a new one, and no state before it does.
      else if (isMessageGone(error))
        await keep(
          notes,
          following,
          finishedOn === undefined ? { ...shown, text, at: now } : { chat: shown.chat, text: "", at: now },
        );
      else {
        // We skip a refused text, so that the next state and the chat's other operations are shown. It is a fault of
        // ours, which the log must contain.
        if (isRefused(error)) await keep(notes, following, { ...shown, ...over, text, at: now });
        throw error;
      }
    }
    return true;
  };

  /**
   * Makes at most one call per chat and round, starting with the message that was shown longest ago. Telegram allows
   * about one call a second.
   */
  const serve = async (chat: number, all: readonly Following[]): Promise<void> => {
    if ((resting.get(chat) ?? 0) > Date.now()) return;
    resting.delete(chat);
    for (const following of [...all].sort((a, b) => a.shown.at - b.shown.at)) {
      if (await update(following)) return;
    }
  };

  return {
    async look() {
      await discover(notes);
      const chats = new Map<number, Following[]>();
      for (const note of await notes.list(SHOWN)) {
        const shown = stored.parse(JSON.parse(note.value));
        if (shown.done !== undefined) {
          if (Date.now() - shown.done > DONE_MS) await notes.write(note.key, note.version, null);
          continue;
        }
        const following = { jobId: note.key.slice(SHOWN.length), note, shown };
        chats.set(shown.chat, [...(chats.get(shown.chat) ?? []), following]);
      }
      const served = await Promise.allSettled([...chats].map(([chat, all]) => serve(chat, all)));
      const failed = served.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
  };
}
