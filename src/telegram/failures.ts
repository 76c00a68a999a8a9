/** Classifies failed calls to Telegram and failed updates. */
import { BotError, type Context, GrammyError, HttpError } from "grammy";
import { isCTOError } from "../index.ts";

/** Another process has written the chat's record in the meantime. */
export class TalkLost extends Error {
  override readonly name = "TalkLost";
}

export const causeOf = (error: unknown): unknown => (error instanceof BotError ? error.error : error);

export const RATE_LIMITED = 429;
const SERVER_ERRORS = 500;

/** How long Telegram requires us to wait, seconds; null if the error is not a rate limit. */
export function retryAfter(given: unknown): number | null {
  const error = causeOf(given);
  return error instanceof GrammyError && error.error_code === RATE_LIMITED
    ? (error.parameters.retry_after ?? 1)
    : null;
}

/**
 * Returns whether the error is an outage: a later try may succeed. A rate limit is none: it concerns only the answers of
 * one chat, and no effect of an update waits for an answer.
 */
export function isPassing(given: unknown): boolean {
  const error = causeOf(given);
  if (error instanceof GrammyError) return error.error_code >= SERVER_ERRORS;
  return (
    error instanceof HttpError || error instanceof TalkLost || isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")
  );
}

const BAD_REQUEST = 400;
const FORBIDDEN = 403;

/** Telegram has no codes for these. An answer 400 that says something else is a fault of ours, for example in a text. */
const GONE =
  /chat not found|user not found|message to edit not found|message can't be edited|MESSAGE_ID_INVALID|PEER_ID_INVALID|group chat was upgraded/i;

/** The user has blocked the bot, or the chat or the message no longer exists. We show nothing more there. */
export const isGone = (error: unknown): boolean =>
  error instanceof GrammyError &&
  (error.error_code === FORBIDDEN || (error.error_code === BAD_REQUEST && GONE.test(error.description)));

/** Telegram does not accept this text. The same text would be refused again. */
export const isRefused = (error: unknown): boolean =>
  error instanceof GrammyError && error.error_code === BAD_REQUEST && !isGone(error);

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

/** Returns the error's message without the token, because every URL of the Bot API contains it. */
export const wordsOf = (given: unknown, token: string): string => {
  const error = causeOf(given);
  return (error instanceof Error ? error.message : String(error)).replaceAll(token, "<token>");
};
