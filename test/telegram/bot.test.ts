/**
 * Tests the Telegram bot with a Bot API over real HTTP and a whole system: what users see, and what strangers and
 * crashes cannot do.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  closeAll,
  createCTOChatCode,
  enqueueCTOOperation,
  getCTOJobStatus,
  openCTONotes,
  unlinkCTOChat,
} from "../../src/index.ts";
import { startTelegram, type TelegramBot, type TelegramOptions } from "../../src/telegram/index.ts";
import { webhookSecret } from "../../src/telegram/updates.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { BOT_TOKEN, FakeTelegram } from "../support/telegram.ts";
import { startWorkerProcess } from "../support/worker-process.ts";

const telegram = new FakeTelegram();
const warnings: string[] = [];
const before = { ...process.env };
let stage: Stage;
let worker: CTOWorker;
let bot: TelegramBot | null = null;
let apiRoot: string;
/** While it is set, the worker has signed and journaled a transaction, and waits before it sends it. */
let held: Promise<void> | null = null;

/** Holds the worker's next transactions back. Returns a function that releases them. */
function hold(): () => void {
  let release = (): void => undefined;
  held = new Promise((resolve) => {
    release = resolve;
  });
  return () => {
    held = null;
    release();
  };
}

const startOne = (more: Partial<TelegramOptions> = {}): Promise<TelegramBot> => {
  const warn = (problem: string) => void warnings.push(problem);
  const quick = { everyMs: 50, leaseMs: 2_000, callSeconds: 2 };
  return startTelegram({ token: BOT_TOKEN, apiRoot, warn, ...quick, ...more });
};
const start = async (more: Partial<TelegramOptions> = {}): Promise<void> => {
  bot = await startOne(more);
};
const stop = async (): Promise<void> => {
  await bot?.stop();
  bot = null;
};

beforeAll(async () => {
  stage = await openStage({ buyers: 3, tokenName: { symbol: "PEPE", name: "<b>Pepe" } });
  Object.assign(process.env, stage.env, { CTO_PUBLIC_URL: "https://cto.example.org" });
  worker = await createCTOWorker({
    context: stage.context,
    wrapPorts: (ports) => ({
      ...ports,
      chain: {
        ...ports.chain,
        broadcast: async (...given) => {
          await held;
          return ports.chain.broadcast(...given);
        },
      },
    }),
  });
  apiRoot = await telegram.listen();
  await start();
}, 60_000);
afterAll(async () => {
  await stop();
  await closeAll();
  await worker?.close();
  telegram.close();
  await stage?.close();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

const answers = (chat: number, text: string | RegExp): Promise<void> =>
  expect
    .poll(() => telegram.last(chat)?.text ?? warnings.join(), { timeout: 20_000, interval: 20 })
    .toMatch(text);
const shows = (chat: number, text: string): Promise<void> =>
  expect
    .poll(() => telegram.messages.filter((each) => each.chat === chat).map((each) => each.text), {
      timeout: 30_000,
      interval: 20,
    })
    .toContainEqual(expect.stringContaining(text));
const link = async (chat: number): Promise<string> => {
  const { code } = await createCTOChatCode(stage.userId);
  telegram.write(chat, `/start ${code}`);
  await answers(chat, "is linked to");
  return code;
};
const operations = () => stage.context.journal.listOperations({ limit: 100 });

/** Leads the conversation to the offer. */
async function toOffer(chat: number): Promise<void> {
  telegram.write(chat, "/cto");
  await answers(chat, "Which token");
  telegram.write(chat, stage.mint);
  await answers(chat, "Who pays");
  telegram.press(chat, telegram.button(chat, "prefunded"));
  await answers(chat, "How much SOL");
  telegram.write(chat, "0.3");
  await answers(chat, "Buy this");
}

describe("the Telegram bot", () => {
  it("lets an unlinked chat, a group and a wrong code do nothing", async () => {
    telegram.write(9, "/cto");
    await answers(9, "not linked");
    telegram.write(9, "/start 5vV7oXhLSsBKQ1kmSWqRbL");
    await answers(9, "unknown, used");
    telegram.press(9, "buy:1");
    const code = await link(1);
    telegram.write(9, `/start ${code}`); // Another chat sends the same code again.
    await expect
      .poll(
        () => telegram.messages.filter(({ chat, text }) => chat === 9 && /unknown, used/.test(text)).length,
      )
      .toBe(2);
    telegram.write(-5, "/status", { type: "group", from: 1 });
    telegram.write(1, "/status", { from: 2 });
    telegram.write(1, "/status");
    await answers(1, "no operations yet");
    expect(telegram.messages.filter(({ chat }) => chat === -5)).toEqual([]);
    expect(telegram.messages.filter(({ text }) => text.includes("no operations"))).toHaveLength(1);
    expect(await openCTONotes("telegram").read("talk/9")).toBeNull();
  });

  it("is not held up by a stranger whom Telegram lets it not answer, and says when a code was used before", async () => {
    const asked = (chat: number) => telegram.calls.filter(({ asked: { chat_id } }) => chat_id === chat);
    const before = asked(9).length;
    telegram.fault = (method, { chat_id }) =>
      method === "sendMessage" && chat_id === 9
        ? { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: 60 } }
        : null;
    telegram.write(9, "/start 5vV7oXhLSsBKQ1kmSWqRbL");
    telegram.write(9, "/cto");
    telegram.press(9, "buy:1");
    const code = await link(1);
    // Telegram limits chat 9 for a minute: the bot does not call for it again.
    await expect.poll(() => asked(9).length).toBe(before + 1);
    telegram.fault = (method, { chat_id }) => (method === "sendMessage" && chat_id === 8 ? "silence" : null);
    for (let count = 0; count < 5; count += 1) telegram.write(8, "/cto");
    await expect.poll(() => asked(8).length).toBe(1);
    telegram.write(1, "/limits");
    await answers(1, "Each operation: no limit");
    expect(asked(8)).toHaveLength(1);
    telegram.fault = () => null;
    telegram.write(1, `/start ${code}`);
    await answers(1, /unknown, used or too old. This chat is linked to <code>alice/);
    expect(asked(9)).toHaveLength(before + 1);
  });

  it("polls again after somebody has set a webhook, and ends a conversation that has too many answers", async () => {
    telegram.webhook = { url: "https://old.example.org", secret: "" };
    telegram.write(1, "/cto");
    await answers(1, "Which token");
    expect(telegram.webhook).toBeNull();
    for (let count = 0; count < 20; count += 1) telegram.write(1, `token ${count}`);
    await answers(1, "Too many answers");
    telegram.write(1, stage.mint);
    await answers(1, "how much may be spent");
  });

  it("answers once where two processes have its token, and the second goes on when the first stops", async () => {
    const helps = () => telegram.messages.filter(({ text }) => text.includes("how much may be spent")).length;
    const [overlaps, before] = [telegram.overlaps, helps()];
    const second = await startOne();
    try {
      for (let count = 0; count < 3; count += 1) telegram.write(1, "/help");
      await expect.poll(helps, { timeout: 10_000 }).toBe(before + 3);
      expect(telegram.overlaps).toBe(overlaps);
      await stop();
      telegram.write(1, "/help");
      await expect.poll(helps, { timeout: 10_000 }).toBe(before + 4);
      await start();
      telegram.write(1, "/status");
      await answers(1, "no operations yet");
      expect([telegram.overlaps, helps()]).toEqual([overlaps, before + 4]);
    } finally {
      await second.stop();
    }
  });

  it("walks from /cto to landed over a restart, a rate limit, double taps and a repeated confirmation", async () => {
    telegram.write(1, "/cto");
    await answers(1, "Which token");
    telegram.write(1, "<b>@someone</b>");
    await answers(1, "<code>");
    expect(telegram.last(1)?.text).not.toContain("<b>");
    telegram.write(1, stage.mint);
    await answers(1, "Who pays");
    await stop();
    await start();
    // The press is older than Telegram allows to answer it: the bot was away.
    telegram.fault = (method) =>
      method === "answerCallbackQuery"
        ? { ok: false, error_code: 400, description: "Bad Request: query is too old" }
        : null;
    telegram.press(1, telegram.button(1, "prefunded"));
    await answers(1, "How much SOL");
    telegram.write(1, "a lot");
    await answers(1, "Send another amount");
    telegram.write(1, "0.3");
    await answers(1, "Buy this");
    expect(telegram.last(1)?.text).toMatch(/0.3 SOL over 3 wallets, prefunded\nFor about [\d,.]+ tokens/);
    let limited = 0;
    telegram.fault = (method, { text = "" }) => {
      if (method !== "editMessageText" || !text.startsWith("<b>under") || limited > 0) return null;
      limited = Date.now();
      return { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: 1 } };
    };
    const buy = telegram.button(1, "Buy");
    telegram.press(1, buy.replace(/\d+/, "1")); // Forged button data.
    const confirmed = telegram.press(1, buy) as { update_id: number };
    telegram.press(1, buy);
    telegram.deliver({ ...confirmed }); // Telegram delivers the update again, as after a crash of the bot.
    await shows(1, "<b>completed</b>, 100 %");
    const shown = telegram.messages.filter(({ text }) => text.startsWith("<b>completed"));
    expect(shown).toHaveLength(1);
    expect(shown[0]?.text).toContain("3 of 3 wallets bought");
    const [operation, ...others] = await operations();
    expect(others).toEqual([]);
    expect(shown[0]?.text).toContain(`https://cto.example.org/r/${operation?.id}`);
    telegram.fault = () => null;
  });

  it("enqueues once when the record of a confirmation is lost with the process", async () => {
    await toOffer(1);
    const talk = await openCTONotes("telegram").read("talk/1");
    const confirmed = telegram.press(1, telegram.button(1, "Buy")) as { update_id: number };
    await shows(1, "Accepted");
    await expect.poll(async () => (await operations()).length).toBe(2);
    await stop();
    const after = await openCTONotes("telegram").read("talk/1");
    // As if the bot had died before its write: the conversation is at its offer, and the update arrives
    // again.
    await openCTONotes("telegram").write("talk/1", after?.version ?? 0, talk?.value ?? "");
    telegram.deliver({ ...confirmed });
    await start();
    await expect
      .poll(async () => (await openCTONotes("telegram").read("talk/1"))?.version)
      .toBe((after?.version ?? 0) + 2);
    expect(await operations()).toHaveLength(2);
    expect(talk?.value).not.toContain(BOT_TOKEN);
  });

  it("says what it bought when a confirmation is repeated after the offer's five minutes, and when Leave comes then", async () => {
    await toOffer(1);
    const notes = openCTONotes("telegram");
    const times = /\b1\d{12}\b/g;
    const record = async () => (await notes.read("talk/1"))?.value ?? "";
    await expect.poll(record).toMatch(times);
    const past = (await record()).replace(times, (time) => String(Number(time) - 6 * 60_000));
    const setBack = async () => notes.write("talk/1", (await notes.read("talk/1"))?.version ?? 0, past);
    const seen = async () => (JSON.parse(await record()) as { seen: number[] }).seen;
    const isRecorded = (id: number) => expect.poll(seen, { timeout: 20_000 }).toContain(id);
    const count = (await operations()).length;
    const [buy, leave] = [telegram.button(1, "Buy"), telegram.button(1, "Leave")];
    const offer = telegram.messages.findLast(({ buttons }) =>
      buttons.some((each) => each.callback_data === buy),
    );
    let failed = 0;
    telegram.fault = (method, { text = "" }) => {
      if (method !== "editMessageText" || !text.includes("Accepted")) return null;
      failed += 1;
      return { ok: false, error_code: 502, description: "Bad Gateway" };
    };
    const confirmed = telegram.press(1, buy) as { update_id: number };
    await expect.poll(() => failed, { timeout: 10_000 }).toBeGreaterThan(0);
    await stop();
    telegram.fault = () => null;
    await setBack();
    await start();
    await isRecorded(confirmed.update_id);
    expect(offer?.text).toMatch(/Accepted: <code>op_/);
    await stop();
    await setBack();
    await start();
    const left = telegram.press(1, leave) as { update_id: number };
    await isRecorded(left.update_id);
    expect(offer?.text).toMatch(/Accepted: <code>op_/);
    // The edit was refused as unchanged. The conversation has ended nevertheless.
    expect(await record()).toContain('"conversations":null');
    expect(await operations()).toHaveLength(count + 1);
  });

  it("goes on when its process is killed in mid-conversation and in mid-operation", async () => {
    await stop();
    const env = { ...stage.env, TELEGRAM_BOT_TOKEN: BOT_TOKEN, TELEGRAM_API_ROOT: apiRoot };
    const startProcess = () => startWorkerProcess(env, undefined, "test/support/telegram.child.ts");
    let running = await startProcess();
    try {
      await link(6);
      const count = (await operations()).length;
      telegram.write(6, `/cto ${stage.mint}`);
      await answers(6, "Who pays");
      telegram.press(6, telegram.button(6, "prefunded"));
      await answers(6, "How much SOL");
      telegram.write(6, "0.3");
      await answers(6, "Buy this");
      await running.kill("SIGKILL");
      const buy = telegram.button(6, "Buy");
      telegram.press(6, buy); // Nobody is there to take it.
      telegram.press(6, buy);
      const release = hold();
      running = await startProcess();
      await shows(6, "Accepted");
      await shows(6, "<b>under way</b>");
      await running.kill("SIGKILL");
      release();
      const [operation] = await operations();
      await stage.ended(operation?.id ?? "");
      running = await startProcess();
      await shows(6, "<b>completed</b>, 100 %");
      expect(await operations()).toHaveLength(count + 1);
      const shown = telegram.messages.filter(
        ({ chat, text }) => chat === 6 && text.startsWith("<b>completed"),
      );
      expect(shown).toHaveLength(1);
      expect(shown[0]?.text).toContain("3 of 3 wallets bought");
    } finally {
      await running.kill("SIGKILL");
      await start();
    }
  });

  it("cancels an operation that runs, and retries what of it was not bought", async () => {
    await link(7);
    const release = hold();
    const { jobId } = await enqueueCTOOperation(
      buildJob({ userId: stage.userId, userChatId: 7, tokenAddress: stage.mint }),
      0,
      { parallelism: 1 },
    );
    await shows(7, "<b>under way</b>");
    telegram.write(7, `/retry ${jobId}`);
    await shows(7, "is still under way");
    await expect
      .poll(async () => (await stage.context.journal.readSteps(jobId)).map(({ status }) => status), {
        timeout: 20_000,
      })
      .toContain("in_flight");
    // The user deletes the message. The result comes in a new one.
    const deleted = telegram.messages.findIndex(({ text }) => text.includes(jobId) && text.includes("under"));
    telegram.messages.splice(deleted, 1);
    telegram.write(7, "/cancel");
    await shows(7, "No new leg begins; what is in flight finishes first");
    release();
    await shows(7, "<b>cancelled</b>");
    await shows(7, "1 of 3 wallets bought");
    telegram.write(7, "/cancel");
    await shows(7, "No operation is under way");
    telegram.write(7, `/cancel ${jobId}`);
    await shows(7, "has already ended");
    telegram.write(7, `/retry ${jobId}`);
    await shows(7, "Accepted");
    await shows(7, "2 of 2 wallets bought");
    telegram.write(7, `/retry ${jobId}`);
    await shows(7, "already");
    const [retry] = await operations();
    expect(retry?.request.retry?.of).toBe(jobId);
  });

  const waiting = () =>
    enqueueCTOOperation(
      {
        userId: stage.userId,
        tokenAddress: stage.mint,
        buyAmount: "0.3",
        mode: "prefunded",
        platform: "auto",
      },
      0,
      { notBefore: new Date(Date.now() + 3_600_000) },
    );
  const statusOf = async (jobId: string) => (await getCTOJobStatus(jobId)).status;
  const becomes = (jobId: string, status: string) =>
    expect.poll(() => statusOf(jobId), { timeout: 10_000 }).toBe(status);

  it("cancels one operation where the answer to /cancel fails and another begins", async () => {
    await link(7);
    const first = await waiting();
    telegram.fault = (method, { text = "" }) =>
      method === "sendMessage" && text.includes("cancelled before")
        ? { ok: false, error_code: 502, description: "Bad Gateway" }
        : null;
    telegram.write(7, "/cancel");
    await becomes(first.jobId, "cancelled");
    const second = await waiting();
    telegram.write(7, "/limits");
    telegram.write(19, "/help"); // Another chat does not wait.
    await answers(19, "not linked");
    telegram.fault = () => null;
    await answers(7, "Each operation: no limit"); // The repeated /cancel came before it.
    expect(await statusOf(second.jobId)).toBe("waiting");
    telegram.write(7, "/cancel");
    await becomes(second.jobId, "cancelled");
  });

  it("acts for a chat that Telegram limits, does not call for it, and repeats a question after an outage", async () => {
    await link(1);
    const { jobId } = await waiting();
    const limited = { ok: false, error_code: 429, description: "", parameters: { retry_after: 60 } };
    const asked = () => telegram.calls.filter(({ asked: { chat_id } }) => chat_id === 1).length;
    const before = asked();
    telegram.fault = (_, { chat_id }) => (chat_id === 1 ? limited : null);
    for (const command of ["/help", "/cancel", "/cto", "/status"]) telegram.write(1, command);
    await becomes(jobId, "cancelled");
    telegram.write(7, "/limits");
    await answers(7, "Each operation: no limit");
    expect(asked()).toBe(before + 1);
    await stop();
    telegram.fault = () => null;
    await start();
    // A short limit holds nothing back but the answers: they come when it is over, in their order.
    let limits = 0;
    telegram.fault = (method, { chat_id }) => {
      if (method !== "sendMessage" || chat_id !== 1 || limits > 1) return null;
      limits += 1;
      return { ...limited, parameters: { retry_after: 1 } };
    };
    const shown = telegram.messages.length;
    for (const text of ["/cto", stage.mint]) telegram.write(1, text);
    await answers(1, "Who pays");
    const late = telegram.messages.slice(shown).filter(({ chat }) => chat === 1);
    expect(late.map(({ text }) => text.split(/[ \n]/)[0])).toEqual(["Which", "Token", "Who"]);
    await toOffer(1);
    const count = (await operations()).length;
    telegram.fault = (_, { chat_id }) => (chat_id === 1 ? limited : null);
    telegram.press(1, telegram.button(1, "Buy"));
    await expect.poll(async () => (await operations()).length).toBe(count + 1);
    await stage.ended((await operations())[0]?.id ?? "");
    await stop();
    let failed = 0;
    telegram.fault = (method, { text }) => {
      if (method !== "sendMessage" || text !== "Which token? Send its address." || failed > 0) return null;
      failed += 1;
      return "hang-up";
    };
    await start();
    telegram.write(1, "/cto");
    await answers(1, "Which token");
    expect(failed).toBe(1);
    telegram.write(1, "/cancel");
    await answers(1, "The questions have ended");
  });

  it("says what docs/telegram.md shows, word by word", async () => {
    await link(3);
    await toOffer(3);
    telegram.press(3, telegram.button(3, "Buy"));
    await shows(3, "<b>completed</b>, 100 %");
    const said = telegram.transcript.filter(({ chat }) => chat === 3).map((each) => each.said);
    const text = said
      .map((each) => (typeof each === "string" ? each : each.text))
      .join("\n\n")
      .replaceAll(stage.mint, "TOKEN")
      .replace(/(\/start ).+/, "$1CODE")
      .replace(/op_\w+/g, "OPERATION")
      .replace(/<\/?\w+[^>]*>/g, "")
      .replace(/[\d,.]+ tokens, [\d.]+ SOL/, "N tokens, P SOL")
      .replace(/About [\d.]+ SOL/, "About P SOL")
      .replace(/(impact|Spent|top:) [\d.]+/g, "$1 N")
      .replace(/[\d.]+ % (above|below)/g, "N % $1");
    const page = await readFile(new URL("../../docs/telegram.md", import.meta.url), "utf8");
    expect(/```text\n([\s\S]+?)\n```/.exec(page)?.[1]).toBe(text);
  });

  it("stands beside a bot of one's own, the example", async () => {
    await stop();
    const own = new FakeTelegram();
    const env = { ...process.env, BOT_TOKEN, BOT_API_ROOT: await own.listen() };
    const file = new URL("../../examples/telegram-bot.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--import", "tsx", file], { env, stdio: "ignore" });
    try {
      const last = (chat: number, text: string) =>
        expect.poll(() => own.last(chat)?.text ?? "", { timeout: 30_000 }).toContain(text);
      own.write(8, `/buy ${stage.mint} 0.3`);
      await last(8, "not linked");
      const { code } = await createCTOChatCode(stage.userId);
      own.write(4, `/start ${code}`);
      await last(4, "Linked to alice");
      own.write(4, `/buy ${stage.mint} 0.3`);
      await last(4, "0.3 SOL over 3 wallets for about");
      const count = (await operations()).length;
      own.press(8, own.button(4, "Buy"));
      for (let taps = 0; taps < 2; taps += 1) own.press(4, own.button(4, "Buy"));
      await last(4, "completed, 100 %\n3 of 3 wallets bought");
      expect(await operations()).toHaveLength(count + 1);
    } finally {
      child.kill("SIGKILL");
      own.close();
      await start();
    }
  });

  it("serves two chats of one user, leaves and cancels, and answers about the user's own things alone", async () => {
    const count = (await operations()).length;
    await link(2);
    await toOffer(2);
    telegram.write(1, "/cto");
    await answers(1, "Which token");
    telegram.press(1, telegram.button(2, "Buy")); // A button of another chat.
    telegram.write(1, "/cancel");
    await answers(1, "The questions have ended");
    telegram.press(2, telegram.button(2, "Leave"));
    await shows(2, "Nothing was bought.");
    telegram.write(2, "/wallets");
    await answers(2, stage.funding.address);
    telegram.write(2, "/limits");
    await answers(2, "Each operation: no limit");
    await stage.context.journal.addUser({ id: "bob" });
    const request = (await operations())[0]?.request;
    if (request === undefined) throw new Error("no operation");
    await stage.context.journal.createOperation({
      id: "op_of_bob",
      request: { ...request, userId: "bob", userChatId: 2 },
    });
    for (const [command, answer] of [
      ["/status op_of_bob", "no such operation"],
      ["/cancel op_of_bob", "no such operation"],
      ["/retry op_of_bob", "id of one of your operations"],
    ] as const) {
      telegram.write(2, command);
      await answers(2, answer);
    }
    expect(telegram.messages.some(({ text }) => text.includes("op_of_bob"))).toBe(false);
    expect(await operations()).toHaveLength(count + 1);
    // The chat moves to another user in the middle of a conversation. That user does not continue it.
    telegram.write(2, "/cto");
    await answers(2, "Which token");
    const { code } = await createCTOChatCode("bob");
    telegram.write(2, `/start ${code}`);
    await answers(2, "is linked to <code>bob");
    telegram.write(2, stage.mint);
    await answers(2, "how much may be spent");
    await link(2);
  });

  it("reports other applications' operations, catches up after an outage, and stops where it is blocked", async () => {
    telegram.fault = () => "hang-up";
    const job = {
      userId: stage.userId,
      tokenAddress: stage.mint,
      buyAmount: "0.3",
      mode: "prefunded",
      platform: "auto",
    } as const;
    const { jobId } = await enqueueCTOOperation({ ...job, userChatId: 2 });
    await stage.ended(jobId);
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    let silent = 0;
    telegram.fault = (method) => {
      if (method !== "sendMessage" || silent > 0) return null;
      silent += 1;
      return "silence"; // Telegram takes the call, and never answers.
    };
    await shows(2, `Operation <code>${jobId}</code>`);
    expect(silent).toBe(1);
    telegram.fault = (method) =>
      method === "sendMessage"
        ? { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" }
        : null;
    const blocked = await enqueueCTOOperation({ ...job, userChatId: 2 });
    await stage.ended(blocked.jobId);
    const note = () => openCTONotes("telegram").read(`shown/${blocked.jobId}`);
    await expect.poll(async () => (await note())?.value ?? "", { timeout: 20_000 }).toContain('"done"');
    // Telegram accepts no text of this operation while it waits. The bot logs this, and shows the next state.
    telegram.fault = (method, { text }) =>
      method === "sendMessage" && String(text).includes("<b>waiting</b>")
        ? { ok: false, error_code: 400, description: "Bad Request: can't parse entities" }
        : null;
    const notBefore = new Date(Date.now() + 5_000);
    const refused = await enqueueCTOOperation({ ...job, userChatId: 2 }, 0, { notBefore });
    await expect.poll(() => warnings.join(), { timeout: 20_000 }).toContain("can't parse entities");
    await shows(2, `Operation <code>${refused.jobId}</code>`);
    telegram.fault = () => null;
    await unlinkCTOChat(2);
    telegram.write(2, "/status");
    await answers(2, "not linked");
    expect(warnings.join()).not.toContain(BOT_TOKEN);
  });

  it("takes Telegram's calls with its secret alone, where it is called", async () => {
    await stop();
    await start({ webhook: { url: "https://bot.example.org/t", port: 0 } });
    await expect.poll(() => telegram.webhook?.url).toBe("https://bot.example.org/t");
    const secret = telegram.webhook?.secret ?? "";
    expect(secret).toBe(webhookSecret(BOT_TOKEN));
    const post = (body: string, header: string) =>
      fetch(`http://127.0.0.1:${bot?.port}/t`, {
        method: "POST",
        headers: { "x-telegram-bot-api-secret-token": header },
        body,
      }).then(({ status }) => status);
    const update = JSON.stringify(telegram.write(1, "/help"));
    expect(await post(update, "forged")).toBe(401);
    expect(await post("{", secret)).toBe(400);
    expect(await post("x".repeat(300_000), secret).catch(() => 413)).toBe(413);
    expect(await post(update, secret)).toBe(200);
    await answers(1, "how much may be spent");
  });
});
