/** Classifies failed calls to Telegram and failed updates. */
import { BotError, type Context, GrammyError, HttpError } from "grammy";
import { hideSecrets } from "../base/hide-secrets.ts";
import { visible } from "../base/visible.ts";
import { isCTOError } from "../index.ts";

/** Another process has written the chat's record in the meantime. */
export class TalkLost extends Error {
  override readonly name = "TalkLost";
}

export const causeOf = (error: unknown): unknown => (error instanceof BotError ? error.error : error);

export const RATE_LIMITED = 429;
const SERVER_ERRORS = 500;

/**
 * The longest wait between two tries, seconds. One wrong answer must not stop the bot for good, and timers of Node.js end
 * at once if they are longer than 24 days.
 */
const MOST_SECONDS = 3_600;

/** How long an answer 429 makes us wait, seconds. A missing or impossible number becomes one that we can wait for. */
export const secondsToWait = (requested: unknown): number =>
  typeof requested === "number" && requested >= 1 ? Math.min(requested, MOST_SECONDS) : 1;

/** How long Telegram requires us to wait, seconds; null if the error is not a rate limit. */
export function retryAfter(given: unknown): number | null {
  const error = causeOf(given);
  return error instanceof GrammyError && error.error_code === RATE_LIMITED
    ? secondsToWait(error.parameters.retry_after)
    : null;
}

/**
 * Returns whether the error is an outage: a later try may succeed. A rate limit is none: it concerns only the answers of
 * one chat, and no effect of an update waits for an answer.
 */
export function isPassing(given: unknown): boolean {
  const error = causeOf(given);
  // An answer without a code comes from something between us and Telegram.
  if (error instanceof GrammyError) return !(error.error_code < SERVER_ERRORS);
  return (
    error instanceof HttpError || error instanceof TalkLost || isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")
  );
}

const BAD_REQUEST = 400;
const FORBIDDEN = 403;

/** Telegram has no codes for these. An answer 400 that says something else is a fault of ours, for example in a text. */
const CHAT_GONE = /chat not found|user not found|PEER_ID_INVALID|group chat was upgraded/i;
const MESSAGE_GONE = /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i;

const isBadRequest = (error: unknown, words: RegExp): boolean =>
  error instanceof GrammyError && error.error_code === BAD_REQUEST && words.test(error.description);

/** The user has blocked the bot, or the chat no longer exists. We show nothing more there. */
export const isGone = (error: unknown): boolean =>
  (error instanceof GrammyError && error.error_code === FORBIDDEN) || isBadRequest(error, CHAT_GONE);

/** The user has deleted the message. A new one can be sent. */
export const isMessageGone = (error: unknown): boolean => isBadRequest(error, MESSAGE_GONE);

/** Telegram does not accept this text. The same text would be refused again. */
export const isRefused = (error: unknown): boolean =>
  isBadRequest(error, /^/) && !isGone(error) && !isMessageGone(error);

/**
 * Tells Telegram that a press of a button has arrived. The press counts even if Telegram does not take this, for example
 * because the press is some minutes old.
 */
export async function acknowledge(ctx: Context, text?: string): Promise<void> {
  await ctx.answerCallbackQuery(text).catch(() => undefined);
}

const CONFLICT = 409;

/** Another process polls with this token, or Telegram calls a webhook instead of answering our polls. */
export const isConflict = (error: unknown): boolean =>
  error instanceof GrammyError && error.error_code === CONFLICT;

export const isUnchanged = (error: unknown): boolean =>
  error instanceof GrammyError && error.description.includes("message is not modified");

/** Telegram answers 401 for a token that it does not know, and 404 for a text that cannot be one. */
const UNKNOWN_TOKEN: ReadonlySet<number> = new Set([401, 404]);

/** Returns the error's message without the token, because every URL of the Bot API contains it. */
export const wordsOf = (given: unknown, token: string): string => {
  const error = causeOf(given);
  if (error instanceof GrammyError && UNKNOWN_TOKEN.has(error.error_code))
    return `does not know TELEGRAM_BOT_TOKEN (${error.error_code}). @BotFather shows a bot's token`;
  return visible(hideSecrets([token])(error instanceof Error ? error.message : String(error)));
};
