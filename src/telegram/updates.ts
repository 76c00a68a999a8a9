/**
 * Receives updates, either by polling Telegram or by Telegram's calls. The updates of one chat are handled one after
 * another.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Api } from "grammy";
import type { Update } from "grammy/types";
import { z } from "zod";
import { isPassing } from "./failures.ts";

export const ALLOWED_UPDATES = ["message", "callback_query"] as const;

/**
 * Handles one update.
 *
 * @throws if the update could not be handled now, but may be handled later
 */
export type Handle = (update: Update) => Promise<void>;

const chatOf = ({ message, callback_query: query }: Update): number =>
  message?.chat.id ?? query?.message?.chat.id ?? 0;

/** Handles different chats in parallel. In one chat, the second update waits for the first. */
export function inTurn(handle: Handle): Handle {
  const last = new Map<number, Promise<void>>();
  return (update) => {
    const chat = chatOf(update);
    const run = (last.get(chat) ?? Promise.resolve()).catch(() => undefined).then(() => handle(update));
    last.set(chat, run);
    const forget = () => {
      if (last.get(chat) === run) last.delete(chat);
    };
    run.then(forget, forget);
    return run;
  };
}

const POLL_SECONDS = 25;
/** After this many failures we drop an update, so that later updates do not wait forever. */
const TRIES = 20;

export type Poller = { poll(signal: AbortSignal): Promise<void> };

/**
 * Polls once, and handles the received updates. The next poll confirms the handled updates to Telegram. Updates that
 * failed because of an outage are received again.
 */
export function createPoller({ token, apiRoot }: { token: string; apiRoot: string }, handle: Handle): Poller {
  const api = new Api(token, { apiRoot, timeoutSeconds: POLL_SECONDS + 10 });
  const failed = new Map<number, number>();
  let offset = 0;
  return {
    async poll(signal) {
      const options = { offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES };
      const updates = await api.getUpdates(options, signal as never);
      const stuck = new Set<number>();
      let problem: unknown;
      const outcomes = await Promise.allSettled(updates.map((update) => handle(update)));
      for (const [index, outcome] of outcomes.entries()) {
        const id = updates[index]?.update_id ?? 0;
        const tries = (failed.get(id) ?? 0) + 1;
        if (outcome.status === "fulfilled" || !isPassing(outcome.reason) || tries >= TRIES) {
          failed.delete(id);
          continue;
        }
        failed.set(id, tries);
        stuck.add(id);
        problem = outcome.reason;
      }
      const last = updates.at(-1)?.update_id;
      if (last !== undefined)
        offset = updates.find(({ update_id: id }) => stuck.has(id))?.update_id ?? last + 1;
      if (problem !== undefined) throw problem;
    },
  };
}

/** Telegram sends this secret with each call. Only a holder of the token can derive it. */
export const webhookSecret = (token: string): string =>
  createHmac("sha256", token).update("cto webhook").digest("hex");

const SECRET_HEADER = "x-telegram-bot-api-secret-token";
const BODY_BYTES = 256 * 1024;
const REQUEST_MS = 10_000;

const updateSchema = z.looseObject({ update_id: z.number().int() });

const isFrom = (given: unknown, secret: string): boolean => {
  const bytes = Buffer.from(typeof given === "string" ? given : "");
  const expected = Buffer.from(secret);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
};

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function answer(request: IncomingMessage, secret: string, handle: Handle): Promise<number> {
  if (request.method !== "POST") return 405;
  if (!isFrom(request.headers[SECRET_HEADER], secret)) return 401;
  const body = await bodyOf(request);
  if (body === null) return 413;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 400;
  }
  const parsed = updateSchema.safeParse(json);
  if (!parsed.success) return 400;
  try {
    // The object has Telegram's own type. The bot reads only the few fields that it needs.
    await handle(parsed.data as unknown as Update);
    return 200;
  } catch {
    return 503; // Telegram will call again.
  }
}

/** Listens for Telegram's calls on this machine only. A proxy in front of it terminates TLS. */
export async function listenForUpdates(port: number, secret: string, handle: Handle): Promise<Server> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      void answer(request, secret, handle)
        .catch(() => 400)
        .then((status) => response.writeHead(status, { connection: "close" }).end());
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
