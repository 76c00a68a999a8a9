/**
 * A Telegram bot that uses only the library: /buy asks once, buys, and shows the progress.
 *
 * Run it beside a running system: `npx cto telegram link user123`, then `BOT_TOKEN=… npx tsx examples/telegram-bot.ts`.
 * In a project of your own, `npm install cto-queue grammy tsx` first.
 * The bot that comes with the system does more: see docs/telegram.md.
 */

import {
  type CTOJob,
  cancelCTOJob,
  closeAll,
  enqueueCTOOperation,
  estimateCTOOperation,
  formatTokens,
  getCTOChatUser,
  getCTOJobStatus,
  linkCTOChat,
  openCTONotes,
  subscribeToProgress,
} from "cto-queue";
import { Bot, type Context, InlineKeyboard } from "grammy";

const { BOT_TOKEN = "", BOT_API_ROOT } = process.env;
const bot = new Bot(BOT_TOKEN, BOT_API_ROOT === undefined ? {} : { client: { apiRoot: BOT_API_ROOT } });
const notes = openCTONotes("my-bot");

/** Returns plain text, without a parse mode, so that text from strangers has no effect. */
async function textOf(jobId: string): Promise<string> {
  const job = await getCTOJobStatus(jobId);
  if (job.status === "not_found") return "There is no such operation.";
  const { landed, legs } = job.result;
  const lines = [`${jobId}: ${job.status}, ${job.progress} %`, `${landed} of ${legs.length} wallets bought`];
  return [...lines, job.failedReason, job.receiptUrl].filter((line) => line !== undefined).join("\n");
}

/** How often the last state is tried. The user may have deleted the message or blocked the bot. */
const LAST_TRIES = 5;

/** Edits the message at most once a second. It always shows the last state, if Telegram accepts it. */
async function follow(jobId: string, chat: number, message: number): Promise<void> {
  let over = false;
  let shown = "";
  const stop = await subscribeToProgress(
    jobId,
    () => undefined,
    () => {
      over = true;
    },
  );
  try {
    for (let left = LAST_TRIES; left > 0; ) {
      const last = over;
      const text = await textOf(jobId);
      const done =
        text === shown || (await bot.api.editMessageText(chat, message, text).then(Boolean, () => false));
      if (done) shown = text;
      if (last) left = done ? 0 : left - 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  } finally {
    stop();
  }
}

bot.command("start", async (ctx) => {
  const userId = await linkCTOChat(ctx.match.trim(), ctx.chat.id);
  await ctx.reply(userId === null ? "This code is not valid." : `Linked to ${userId}. /buy <token> <SOL>`);
});

/** Returns the user of a linked private chat. Other chats can do nothing. */
const userOf = async (ctx: Context): Promise<string | null> =>
  ctx.chat?.type === "private" ? getCTOChatUser(ctx.chat.id) : null;

bot.command("buy", async (ctx) => {
  const userId = await userOf(ctx);
  if (userId === null) return void (await ctx.reply("This chat is not linked to a user."));
  const [tokenAddress = "", buyAmount = ""] = ctx.match.split(/\s+/);
  const job: CTOJob = { userId, tokenAddress, buyAmount, mode: "prefunded", platform: "auto" };
  const { legs, totalTokens, decimals } = await estimateCTOOperation(job);
  const key = `offer/${ctx.chat.id}/${ctx.update.update_id}`;
  await notes.write(key, 0, JSON.stringify(job));
  const text = `${buyAmount} SOL over ${legs.length} wallets for about ${formatTokens(totalTokens, decimals)} tokens?`;
  const keyboard = new InlineKeyboard().text("Buy", String(ctx.update.update_id));
  await ctx.reply(text, { reply_markup: keyboard });
});

bot.on("callback_query:data", async (ctx) => {
  await ctx.answerCallbackQuery();
  const userId = await userOf(ctx);
  // The key contains this chat's number, so a button of another chat finds nothing.
  const offer = await notes.read(`offer/${ctx.chat?.id}/${ctx.callbackQuery.data}`);
  const job = offer && (JSON.parse(offer.value) as CTOJob); // Only this bot writes this note.
  if (job === null || job.userId !== userId || ctx.chat === undefined) return;
  // The same key enqueues once, even if the button is pressed several times or a process crashes in between.
  const { jobId } = await enqueueCTOOperation(job, 0, { idempotencyKey: `my-bot-${offer?.key}` });
  const { message_id: message } = await ctx.reply(`${jobId}: accepted. /cancel ${jobId}`);
  follow(jobId, ctx.chat.id, message).catch((error: unknown) => console.error(error));
});

bot.command("cancel", async (ctx) => {
  const job = await getCTOJobStatus(ctx.match.trim());
  if (job.status === "not_found" || job.data.userId !== (await userOf(ctx))) return;
  const { message, error } = await cancelCTOJob(job.jobId);
  await ctx.reply(message ?? error ?? "");
});

bot.catch(
  ({ error, ctx }) =>
    void ctx.reply(error instanceof Error ? error.message : "It failed.").catch(() => undefined),
);
process.once("SIGTERM", () => void bot.stop().then(closeAll));
await bot.start();
