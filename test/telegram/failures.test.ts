/** Tests what a refused call to Telegram means for the message that it was to show, and for its update. */
import { BotError, type Context, GrammyError } from "grammy";
import { expect, it } from "vitest";
import { isGone, isPassing, isRefused, retryAfter } from "../../src/telegram/failures.ts";

const answerOf = (error_code: number, description: string): GrammyError =>
  new GrammyError("a call failed", { ok: false, error_code, description }, "editMessageText", {});

it.each([
  ["gone", 403, "Forbidden: bot was blocked by the user"],
  ["gone", 403, "Forbidden: user is deactivated"],
  ["gone", 400, "Bad Request: chat not found"],
  ["gone", 400, "Bad Request: message to edit not found"],
  ["gone", 400, "Bad Request: message can't be edited"],
  ["refused", 400, "Bad Request: can't parse entities: Unclosed start tag at byte offset 3"],
  ["refused", 400, "Bad Request: MESSAGE_TOO_LONG"],
  ["neither", 429, "Too Many Requests: retry after 5"],
  ["neither", 502, "Bad Gateway"],
] as const)("the message is %s after %i %s", (meaning, code, description) => {
  const error = answerOf(code, description);
  expect([isGone(error), isRefused(error)]).toEqual([meaning === "gone", meaning === "refused"]);
});

it("knows a rate limit and an outage in the error of a handled update, too", () => {
  const limited = new GrammyError(
    "a call failed",
    { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: 40 } },
    "sendMessage",
    {},
  );
  const handled = (error: unknown) => new BotError(error, {} as Context);
  expect([limited, handled(limited), answerOf(502, "Bad Gateway")].map(retryAfter)).toEqual([40, 40, null]);
  expect([limited, handled(limited)].map(isPassing)).toEqual([false, false]);
  expect([answerOf(502, ""), handled(answerOf(502, ""))].map(isPassing)).toEqual([true, true]);
});
