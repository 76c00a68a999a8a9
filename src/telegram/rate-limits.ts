/**
 * Respects Telegram's rate limits chat by chat. While Telegram limits a chat, calls for that chat fail at once and are
 * not sent. All other chats are answered as usual.
 */
import type { Transformer } from "grammy";
import { RATE_LIMITED, secondsToWait } from "./failures.ts";

/** We forget the limits that are over when we know more than this many. */
const KNOWN_AT_MOST = 1_000;
const SECOND_MS = 1_000;

export function respectRateLimits(): Transformer {
  /** The time until which a chat is limited, by chat. */
  const until = new Map<number, number>();
  const limit = (chat: number, ms: number): void => {
    const now = Date.now();
    if (until.size >= KNOWN_AT_MOST) for (const [known, end] of until) if (end <= now) until.delete(known);
    until.set(chat, now + ms);
  };
  return async (call, method, payload, signal) => {
    const chat = "chat_id" in payload ? payload.chat_id : undefined;
    if (typeof chat !== "number") return call(method, payload, signal);
    const rest = (until.get(chat) ?? 0) - Date.now();
    if (rest > 0) {
      const parameters = { retry_after: Math.ceil(rest / SECOND_MS) };
      const description = `Too Many Requests: retry after ${parameters.retry_after}`;
      return { ok: false, error_code: RATE_LIMITED, description, parameters };
    }
    const answer = await call(method, payload, signal);
    if (!answer.ok && answer.error_code === RATE_LIMITED)
      limit(chat, secondsToWait(answer.parameters?.retry_after) * SECOND_MS);
    return answer;
  };
}
