/**
 * Runs the Telegram bot beside the system. If several processes have the same token, only the holder of the lease polls
 * and shows operations. With a webhook, every process handles the updates that it receives.
 */
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { z } from "zod";
import { type CTONotes, openCTONotes } from "../index.ts";
import { createBot } from "./bot.ts";
import { isConflict, isPassing, retryAfter, wordsOf } from "./failures.ts";
import { createFollower } from "./follow.ts";
import { pause } from "./pause.ts";
import { createPoller } from "./poller.ts";
import { ALLOWED_UPDATES, type Handle, inTurn, listenForUpdates, portOf, webhookSecret } from "./updates.ts";

export type TelegramOptions = {
  readonly token: string;
  readonly apiRoot: string;
  /** The URL that Telegram calls, and the port where its calls arrive. Absent: the bot polls Telegram. */
  readonly webhook?: { readonly url: string; readonly port: number };
  readonly warn: (problem: string) => void;
  /** The interval at which operations are read, ms. */
  readonly everyMs?: number;
  readonly leaseMs?: number;
  /** The timeout of one call to Telegram, seconds. */
  readonly callSeconds?: number;
};

export type TelegramBot = {
  /** The port that listens for Telegram's calls. */
  readonly port: number | null;
  stop(): Promise<void>;
};

const EVERY_MS = 1_000;
const LEASE_MS = 15_000;
const REST_MS = 1_000;
const MOST_REST_MS = 60_000;

const storedLease = z.object({ owner: z.string(), until: z.number() });

/** Acquires or extends the lease. */
async function holds(notes: CTONotes, owner: string, leaseMs: number): Promise<boolean> {
  const found = await notes.read("lease");
  const current = found === null ? null : storedLease.parse(JSON.parse(found.value));
  if (current !== null && current.owner !== owner && current.until > Date.now()) return false;
  const value = JSON.stringify({ owner, until: Date.now() + leaseMs });
  return notes.write("lease", found?.version ?? 0, value);
}

async function release(notes: CTONotes, owner: string): Promise<void> {
  const found = await notes.read("lease");
  if (found !== null && storedLease.parse(JSON.parse(found.value)).owner === owner)
    await notes.write("lease", found.version, null);
}

type Loop = { readonly signal: AbortSignal; readonly say: (error: unknown) => void; readonly restMs: number };

/**
 * Repeats `work` until the signal aborts. After a failure it pauses: each time longer, or as long as Telegram requires.
 */
async function loop({ signal, say, restMs }: Loop, work: () => Promise<void>): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    let rest = restMs;
    try {
      await work();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      say(error);
      failures += 1;
      const required = retryAfter(error);
      rest = required === null ? Math.min(2 ** (failures - 1) * REST_MS, MOST_REST_MS) : required * 1_000;
    }
    if (rest > 0) await pause(rest, signal);
  }
}

/**
 * Starts the bot. If Telegram is unavailable, the bot continues when it is back.
 *
 * @example
 * const bot = await startTelegram({ token, apiRoot: "https://api.telegram.org", warn: console.error });
 */
export async function startTelegram(options: TelegramOptions): Promise<TelegramBot> {
  const { token, apiRoot, webhook, warn, everyMs = EVERY_MS, leaseMs = LEASE_MS } = options;
  const notes = openCTONotes("telegram");
  const stopped = new AbortController();
  const { signal } = stopped;
  const bot = createBot({ token, apiRoot, notes, signal, callSeconds: options.callSeconds });
  const owner = randomUUID();
  let said = "";
  const say = (error: unknown): void => {
    const words = wordsOf(error, token);
    if (words !== said) warn(words);
    said = words;
  };
  const handle: Handle = inTurn(async (update) => {
    try {
      await bot.handleUpdate(update);
    } catch (error) {
      say(error);
      if (isPassing(error) || !bot.isInited()) throw error;
    }
  });
  // We do not use the library's `init`: it repeats by itself, and waits for whatever time an answer names.
  const init = async (): Promise<void> => {
    if (!bot.isInited()) bot.botInfo = await bot.api.getMe(signal as never);
  };
  let leading = false;
  const follower = createFollower(bot.api, notes);
  const dropped = (id: number): void => warn(`Telegram's update ${id} was dropped after its last try`);
  const poller = createPoller({ token, apiRoot, lookMs: everyMs, signal, dropped }, handle);
  const working = { signal, say, restMs: everyMs };
  const leaderLoop = loop({ ...working, restMs: Math.floor(leaseMs / 4) }, async () => {
    try {
      leading = await holds(notes, owner, leaseMs);
    } catch (error) {
      // Another process may have the lease by now. Two that poll would only end each other's polls.
      leading = false;
      throw error;
    }
  });
  const followLoop = loop(working, async () => {
    if (leading) await follower.look();
  });
  let server: Server | null = null;
  let intake: Promise<void>;
  if (webhook === undefined) {
    let isCleared = false;
    intake = loop({ ...working, restMs: 0 }, async () => {
      if (!leading) {
        poller.leave();
        return pause(Math.min(everyMs, leaseMs / 4), signal);
      }
      await init();
      if (!isCleared) await bot.api.deleteWebhook();
      isCleared = true;
      try {
        await poller.poll();
      } catch (error) {
        // A process with an older configuration may have set a webhook again. Telegram then answers no polls.
        if (isConflict(error)) isCleared = false;
        throw error;
      }
    });
  } else {
    const secret = webhookSecret(token);
    server = await listenForUpdates(webhook.port, secret, handle);
    let isSet = false;
    intake = loop(working, async () => {
      if (isSet) return;
      await init();
      await bot.api.setWebhook(webhook.url, { secret_token: secret, allowed_updates: ALLOWED_UPDATES });
      isSet = true;
    });
  }
  return {
    port: server === null ? null : portOf(server),
    async stop() {
      stopped.abort();
      server?.closeAllConnections();
      await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
      await Promise.all([leaderLoop, followLoop, intake]);
      await poller.idle();
      await release(notes, owner).catch(say);
    },
  };
}
