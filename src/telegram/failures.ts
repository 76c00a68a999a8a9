/** What a failed call to Telegram, or a failed update, means for what comes next. */
import { BotError, GrammyError, HttpError } from "grammy";
import { isCTOError } from "../index.ts";

/** Another process has written the chat's record meanwhile. */
export class TalkLost extends Error {
  override readonly name = "TalkLost";
}

export const causeOf = (error: unknown): unknown => (error instanceof BotError ? error.error : error);

const RATE_LIMITED = 429;
const SERVER_ERRORS = 500;

/** How long Telegram wants to be left alone, in seconds; null where it said nothing of the kind. */
export const retryAfter = (error: unknown): number | null =>
  error instanceof GrammyError && error.error_code === RATE_LIMITED
    ? (error.parameters.retry_after ?? 1)
    : null;

/** An outage: the same thing may succeed later. */
export function isPassing(given: unknown): boolean {
  const error = causeOf(given);
  if (error instanceof GrammyError)
    return error.error_code === RATE_LIMITED || error.error_code >= SERVER_ERRORS;
  return (
    error instanceof HttpError || error instanceof TalkLost || isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")
  );
}

/** The user has blocked the bot, or the chat or the message is gone: nothing more can be shown there. */
export const isGone = (error: unknown): boolean =>
  error instanceof GrammyError && (error.error_code === 403 || error.error_code === 400);

export const isUnchanged = (error: unknown): boolean =>
  error instanceof GrammyError && error.description.includes("message is not modified");

/** In words, without the token, which stands in every URL of the Bot API. */
export const wordsOf = (given: unknown, token: string): string => {
  const error = causeOf(given);
  return (error instanceof Error ? error.message : String(error)).replaceAll(token, "<token>");
};
