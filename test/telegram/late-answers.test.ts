/** Tests that the answers to a limited chat come later, in their order, and only where they may still be read. */
import { Api } from "grammy";
import { beforeEach, expect, it, vi } from "vitest";
import { lateAnswers } from "../../src/telegram/late-answers.ts";

/** The rests that are under way: how long, ms, and how to end them. */
const rests = vi.hoisted((): { ms: number; end: () => void }[] => []);
vi.mock("../../src/telegram/pause.ts", () => ({
  pause: (ms: number) => new Promise<void>((end) => rests.push({ ms, end })),
}));
/** Lets the next rest end. @returns how long it would have been, ms */
const endRest = async (): Promise<number> => {
  await expect.poll(() => rests.length).toBeGreaterThan(0);
  const rest = rests.shift() ?? expect.fail();
  rest.end();
  return rest.ms;
};

/** What Telegram has taken: method and text. */
let taken: string[];
/** The seconds of each next answer 429 to chat 1; empty: calls are accepted. */
let limits: number[];
let mayRead: () => Promise<boolean>;
/** How often that was asked. */
let asked: number;
let stopped: AbortController;
let api: Api;

beforeEach(() => {
  [rests.length, taken, limits] = [0, [], []];
  asked = 0;
  mayRead = async () => true;
  const allowed = () => {
    asked += 1;
    return mayRead();
  };
  stopped = new AbortController();
  api = new Api("1:x");
  // Installed first, so it stands for Telegram.
  api.config.use(async (_call, method, payload) => {
    const isOfOne = "chat_id" in payload && payload.chat_id === 1;
    const retry_after = isOfOne ? limits.shift() : undefined;
    if (retry_after !== undefined)
      return { ok: false, error_code: 429, description: "", parameters: { retry_after } };
    taken.push(`${method} ${"text" in payload ? payload.text : ""}`);
    return { ok: true, result: { message_id: 7 } } as never;
  });
  api.config.use(lateAnswers({ signal: stopped.signal, mayRead: allowed }));
});
const comes = (...expected: string[]) => expect.poll(() => taken).toEqual(expected);

it("sends what was limited when the limit is over, also where it is limited again, and edits what was sent late", async () => {
  limits = [2, 3];
  expect(await api.sendMessage(1, "a question")).toMatchObject({ message_id: 0 });
  expect((await api.sendMessage(2, "another chat")).message_id).toBe(7);
  expect([await endRest(), await endRest()]).toEqual([2_000, 3_000]);
  await comes("sendMessage another chat", "sendMessage a question");
  await api.editMessageText(1, 0, "accepted");
  await api.editMessageText(1, 7, "accepted");
  expect(taken.slice(2)).toEqual(["sendMessage accepted", "editMessageText accepted"]);
});

it("keeps the last five of a chat, in their order", async () => {
  limits = [50]; // Only the first is refused. The others do not overtake it.
  for (let count = 1; count <= 8; count += 1) await api.sendMessage(1, `${count}`);
  // The one for which it rested is no longer among the five.
  for (let count = 0; count < 6; count += 1) await endRest();
  await comes("sendMessage 4", "sendMessage 5", "sendMessage 6", "sendMessage 7", "sendMessage 8");
  expect(rests).toEqual([]);
});

it("drops what waits for a chat that is unlinked, and what waits when the bot stops", async () => {
  mayRead = async () => false;
  limits = [1];
  await api.sendMessage(1, "of the user before");
  await endRest();
  await expect.poll(() => asked).toBe(1);
  mayRead = async () => true;
  limits = [1];
  await api.sendMessage(1, "too late");
  stopped.abort();
  await endRest();
  await api.sendMessage(1, "now");
  expect([taken, rests]).toEqual([["sendMessage now"], []]);
});
