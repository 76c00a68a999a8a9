/** Receives updates by Telegram's calls, and handles the updates of one chat one after another. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Update } from "grammy/types";
import { z } from "zod";

export const ALLOWED_UPDATES = ["message", "callback_query"] as const;

/**
 * Handles one update.
 *
 * @throws if the update could not be handled now, but may be handled later
 */
export type Handle = (update: Update) => Promise<void>;

const user = z.looseObject({ id: z.number() });
const chat = z.looseObject({ id: z.number(), type: z.string().optional() });

/** The fields that the bot and its library rely on. */
const updateSchema = z.looseObject({
  update_id: z.number().int(),
  message: z
    .looseObject({ message_id: z.number(), chat, from: user.optional(), text: z.string().optional() })
    .optional(),
  callback_query: z
    .looseObject({
      id: z.string(),
      from: user,
      data: z.string().optional(),
      message: z.looseObject({ message_id: z.number(), chat }).optional(),
    })
    .optional(),
});

const numbered = z.looseObject({ update_id: z.number().int() });

export type Given = {
  readonly id: number;
  /** Null: the update does not have the form that Telegram describes. Nothing can be done with it, also later. */
  readonly update: Update | null;
};

/** Returns null for what has not even a number. */
export function parseUpdate(given: unknown): Given | null {
  const known = numbered.safeParse(given);
  if (!known.success) return null;
  const { success, data } = updateSchema.safeParse(given);
  // The bot reads only these few fields, and passes the object with Telegram's own type.
  return { id: known.data.update_id, update: success ? (data as unknown as Update) : null };
}

export const chatOf = ({ message, callback_query: query }: Update): number =>
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

/** Telegram sends this secret with each call. Only a holder of the token can derive it. */
export const webhookSecret = (token: string): string =>
  createHmac("sha256", token).update("cto webhook").digest("hex");

const SECRET_HEADER = "x-telegram-bot-api-secret-token";
const BODY_BYTES = 256 * 1024;
const REQUEST_MS = 10_000;

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
  const given = parseUpdate(json);
  if (given === null) return 400;
  try {
    if (given.update !== null) await handle(given.update);
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
