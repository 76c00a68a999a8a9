/**
 * Polls Telegram for updates, and handles those of each chat in order. Chats do not wait for each other: an update that
 * cannot be handled now is tried again while the updates of other chats go on. We confirm an update to Telegram only
 * when it and all earlier ones have a final outcome, so that a restart loses none.
 */
import { Api } from "grammy";
import type { Update } from "grammy/types";
import { z } from "zod";
import { linkSignal } from "../base/linked-signal.ts";
import { pause } from "./pause.ts";
import { ALLOWED_UPDATES, chatOf, type Handle, parseUpdate } from "./updates.ts";

const POLL_SECONDS = 25;
/** After this many failures we drop an update, so that later updates do not wait forever. */
const TRIES = 20;
const REST_MS = 1_000;
const MOST_REST_MS = 60_000;

export type PollerOptions = {
  readonly token: string;
  readonly apiRoot: string;
  /** How long a poll waits for unfinished updates before it looks for new ones, ms. */
  readonly lookMs: number;
  /** Ends the waiting between tries. */
  readonly signal: AbortSignal;
  readonly dropped: (updateId: number) => void;
};

export type Poller = {
  /** Polls once, and begins to handle the new updates. */
  poll(): Promise<void>;
  /** Forgets the updates that wait: another process polls now, and receives them again. */
  leave(): void;
  /** Resolves when nothing is being handled any more. */
  idle(): Promise<void>;
};

const given = z.array(z.unknown()).transform((all) => all.map(parseUpdate).filter((one) => one !== null));

export function createPoller(options: PollerOptions, handle: Handle): Poller {
  const { token, apiRoot, lookMs, signal } = options;
  const api = new Api(token, { apiRoot, timeoutSeconds: POLL_SECONDS + 10 });
  /** The unfinished updates of each chat, in order. The first one is being handled. */
  const lines = new Map<number, Update[]>();
  const running = new Set<Promise<void>>();
  /** The numbers that Telegram still gives us: those that we took, and those of them that are finished. */
  const taken = new Set<number>();
  const finished = new Set<number>();
  let left = new AbortController();
  let offset = 0;

  /** Tries until the update has a final outcome, or until `over` aborts. */
  const finish = async (update: Update, over: AbortSignal): Promise<void> => {
    for (let tries = 1; !over.aborted; tries += 1) {
      try {
        return await handle(update);
      } catch {
        if (tries >= TRIES) return options.dropped(update.update_id);
        await pause(Math.min(REST_MS * 2 ** (tries - 1), MOST_REST_MS), over);
      }
    }
  };

  const serve = async (chat: number, line: Update[]): Promise<void> => {
    const { signal: over, release } = linkSignal([signal, left.signal]);
    try {
      for (let [update] = line; update !== undefined; [update] = line) {
        await finish(update, over);
        if (over.aborted) return;
        finished.add(update.update_id);
        line.shift();
      }
      lines.delete(chat);
    } finally {
      release();
    }
  };

  const take = (update: Update): void => {
    taken.add(update.update_id);
    const chat = chatOf(update);
    const line = lines.get(chat);
    if (line !== undefined) return void line.push(update);
    const first = [update];
    lines.set(chat, first);
    const run = serve(chat, first).finally(() => running.delete(run));
    running.add(run);
  };

  return {
    async poll() {
      const request = { offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES };
      const updates = given.parse(await api.getUpdates(request, signal as never));
      const ids = new Set(updates.map(({ id }) => id));
      for (const known of [taken, finished]) for (const id of known) if (!ids.has(id)) known.delete(id);
      for (const { id, update } of updates) {
        if (update === null) finished.add(id);
        else if (!taken.has(id)) take(update);
      }
      // While an update is unfinished, Telegram answers at once, because it gives that update again.
      if (running.size > 0) await Promise.race([Promise.all(running), pause(lookMs, signal)]);
      const last = updates.at(-1)?.id;
      const open = updates.find(({ id }) => !finished.has(id))?.id;
      offset = open ?? (last === undefined ? offset : last + 1);
    },
    leave() {
      left.abort();
      left = new AbortController();
      for (const forgotten of [lines, taken, finished]) forgotten.clear();
    },
    async idle() {
      await Promise.all(running);
    },
  };
}
