/**
 * Sends the answers to a linked chat that Telegram limits when the limit is over. Whoever made the call does not wait: for
 * it, the message counts as sent. A conversation therefore goes on, and no other chat waits. A restart loses these answers.
 */
import type { Transformer } from "grammy";
import { RATE_LIMITED, secondsToWait } from "./failures.ts";
import { pause } from "./pause.ts";

/** The most answers that wait in one chat. The oldest ones are dropped. */
const WAITING_AT_MOST = 5;
/** Telegram gives no message this number. It stands for a message that was not sent yet. */
const NOT_SENT = 0;
const SECOND_MS = 1_000;

type Call = () => Promise<{ ok: boolean; error_code?: number; parameters?: { retry_after?: number } }>;

type LateAnswerOptions = {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Returns whether the chat may still read what it requested. */
  readonly mayRead: (chat: number) => Promise<boolean>;
};

export function lateAnswers({ signal, mayRead }: LateAnswerOptions): Transformer {
  /** The answers that wait, by chat, the oldest first. */
  const waiting = new Map<number, Call[]>();

  /** @returns how long Telegram still wants us to wait, seconds; 0 if the answer is done with */
  const send = async (call: Call): Promise<number> => {
    const answer = await call().catch(() => null);
    return answer?.error_code === RATE_LIMITED ? secondsToWait(answer.parameters?.retry_after) : 0;
  };

  const sendLater = async (chat: number, first: number, calls: Call[]): Promise<void> => {
    let seconds = first;
    for (let [next] = calls; next !== undefined && !signal.aborted; [next] = calls) {
      await pause(seconds * SECOND_MS, signal);
      if (signal.aborted) break;
      // The oldest may have been dropped during the rest, to make place for a newer one.
      if (calls[0] !== next) {
        seconds = 0;
        continue;
      }
      const isAllowed = await mayRead(chat).catch(() => false);
      seconds = isAllowed ? await send(next) : 0;
      if (seconds === 0 && calls[0] === next) calls.shift();
    }
    waiting.delete(chat);
  };

  const wait = (chat: number, seconds: number, call: Call): void => {
    const calls = waiting.get(chat);
    if (calls === undefined) {
      const only = [call];
      waiting.set(chat, only);
      void sendLater(chat, seconds, only);
    } else {
      calls.push(call);
      if (calls.length > WAITING_AT_MOST) calls.shift();
    }
  };

  return async (call, method, payload, aborted) => {
    if (method !== "sendMessage" && method !== "editMessageText") return call(method, payload, aborted);
    const chat = "chat_id" in payload ? payload.chat_id : undefined;
    if (typeof chat !== "number") return call(method, payload, aborted);
    const isUnsent = "message_id" in payload && payload.message_id === NOT_SENT;
    // What was not sent cannot be edited. The changed text is a message of its own.
    const sendNow = () =>
      isUnsent ? call("sendMessage" as typeof method, payload, aborted) : call(method, payload, aborted);
    let seconds = 0;
    // A newer answer does not overtake those that wait.
    if (!waiting.has(chat)) {
      const answer = await sendNow();
      if (answer.ok || answer.error_code !== RATE_LIMITED) return answer;
      seconds = secondsToWait(answer.parameters?.retry_after);
    }
    wait(chat, seconds, sendNow);
    const sent = { message_id: NOT_SENT, date: 0, chat: { id: chat, type: "private" } };
    return { ok: true, result: sent } as unknown as Awaited<ReturnType<typeof sendNow>>;
  };
}
