/** Tests what a refused call to Telegram means for the message that it was to show, and for its update. */
import { BotError, type Context, GrammyError } from "grammy";
import { expect, it } from "vitest";
import {
  isGone,
  isMessageGone,
  isPassing,
  isRefused,
  retryAfter,
  wordsOf,
} from "../../src/telegram/failures.ts";

const answerOf = (error_code: number, description: string): GrammyError =>
  new GrammyError("a call failed", { ok: false, error_code, description }, "editMessageText", {});

it.each([
  ["gone", 403, "Forbidden: bot was blocked by the user"],
  ["gone", 403, "Forbidden: user is deactivated"],
  ["gone", 400, "Bad Request: chat not found"],
  ["deleted", 400, "Bad Request: message to edit not found"],
  ["deleted", 400, "Bad Request: message can't be edited"],
  ["refused", 400, "Bad Request: can't parse entities: Unclosed start tag at byte offset 3"],
  ["refused", 400, "Bad Request: MESSAGE_TOO_LONG"],
  ["neither", 429, "Too Many Requests: retry after 5"],
  ["neither", 502, "Bad Gateway"],
] as const)("the message is %s after %i %s", (meaning, code, description) => {
  const error = answerOf(code, description);
  const meanings = { gone: isGone(error), deleted: isMessageGone(error), refused: isRefused(error) };
  for (const [name, holds] of Object.entries(meanings)) expect(holds, name).toBe(name === meaning);
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

it.each([
  [undefined, 1],
  [0, 1],
  [-3, 1],
  [0.5, 1],
  ["5", 1],
  [Number.NaN, 1],
  [35, 35],
  [1e12, 3_600],
] as const)("a rate limit of %s seconds is one that a timer can wait for: %i", (retry_after, seconds) => {
  const parameters = { retry_after } as { retry_after: number };
  const answer = { ok: false, error_code: 429, description: "Too Many Requests", parameters } as const;
  expect(retryAfter(new GrammyError("a call failed", answer, "getUpdates", {}))).toBe(seconds);
});

it("says in words that Telegram does not know the token, and never the token", () => {
  for (const code of [401, 404])
    expect(wordsOf(answerOf(code, "Unauthorized"), "1:x")).toBe(
      `does not know TELEGRAM_BOT_TOKEN (${code}). @BotFather shows a bot's token`,
    );
  expect(wordsOf(new Error("https://api.telegram.org/bot1:x/getMe"), "1:x")).not.toContain("1:x");
});

it("an answer without a code is an outage: something between us and Telegram gave it", () => {
  const answer = JSON.parse('{ "ok": false, "description": "" }');
  expect(isPassing(new GrammyError("a call failed", answer, "sendMessage", {}))).toBe(true);
});
