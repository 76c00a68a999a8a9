/** Tests the codes that link Telegram chats: each one serves one chat, for a short time, and nothing shows it again. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { chatUser, createChatCode, linkChat, listChats, unlinkChat } from "../../src/services/chats.ts";

const MINUTE = 60_000;
const open = () => ({
  config: readConfig({ CTO_ACTOR: "bob" }),
  journal: createMemoryJournal({ now: () => new Date() }),
});
let context: ReturnType<typeof open>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  context = open();
  for (const id of ["alice", "carol"]) await context.journal.addUser({ id });
});
afterEach(() => vi.useRealTimers());

it("a code ends after 15 minutes, and the next code removes its hash", async () => {
  const { code, expiresAt } = await createChatCode(context, "alice");
  vi.setSystemTime(expiresAt);
  expect(await linkChat(context, code, 1)).toBeNull();
  const next = await createChatCode(context, "alice");
  expect(await context.journal.listNotes("chat-code/")).toHaveLength(1);
  vi.setSystemTime(next.expiresAt.getTime() - MINUTE);
  expect(await linkChat(context, next.code, 1)).toBe("alice");
  expect(await context.journal.listNotes("chat-code/")).toEqual([]);
});

it("of many chats that send one code at once, one is linked, and the code is spent", async () => {
  const { code } = await createChatCode(context, "alice");
  const chats = Array.from({ length: 20 }, (_, at) => at + 1);
  const answers = await Promise.all(chats.map((chat) => linkChat(context, code, chat)));
  expect(answers.filter((each) => each === "alice")).toHaveLength(1);
  expect(await listChats(context)).toHaveLength(1);
  expect(await linkChat(context, code, 21)).toBeNull();
});

it("nobody guesses a code: none is like another, and neither journal nor audit log holds one", async () => {
  const codes: string[] = [];
  for (let count = 0; count < 20; count += 1) codes.push((await createChatCode(context, "alice")).code);
  expect(new Set(codes).size).toBe(20);
  const kept = JSON.stringify([
    await context.journal.listNotes(""),
    (await context.journal.readAudit(0, 100)).map(({ subject, details }) => [subject, details]),
  ]);
  for (const code of codes) {
    expect(code.length).toBeGreaterThanOrEqual(20);
    expect(kept).not.toContain(code);
    // A part of it, another case and a space are other codes.
    for (const wrong of [code.slice(1), `${code} `, code.toLowerCase(), `${code}\n`, ""])
      if (wrong !== code) expect(await linkChat(context, wrong, 1)).toBeNull();
  }
});

it("a new code moves the chat to its user, and an unlinked chat is nobody's, whatever code it has used", async () => {
  const first = await createChatCode(context, "alice");
  await linkChat(context, first.code, 1);
  await linkChat(context, (await createChatCode(context, "carol")).code, 1);
  expect(await chatUser(context, 1)).toBe("carol");
  expect(await unlinkChat(context, 1)).toBe(true);
  expect(await unlinkChat(context, 1)).toBe(false);
  expect(await linkChat(context, first.code, 1)).toBeNull();
  expect(await chatUser(context, 1)).toBeNull();
});
