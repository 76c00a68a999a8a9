/**
 * Implements the conversation of `/cto`: it asks for the token, the mode and the amount, shows the estimate, and
 * enqueues after the confirmation. Every update replays the conversation from its record. All effects therefore go
 * through `external`, which stores their results.
 */
import type { Conversation, ConversationFlavor } from "@grammyjs/conversations";
import { type Context, InlineKeyboard } from "grammy";
import {
  CTOError,
  type CTOEstimate,
  type CTOJob,
  detectTokenPlatformWithCache,
  enqueueCTOOperation,
  estimateCTOOperation,
  getCTOChatUser,
  isCTOError,
} from "../index.ts";
import { acknowledge } from "./failures.ts";
import type { Talk } from "./talks.ts";
import { offerText, quoted, type TokenLook, tokenText } from "./text.ts";

export type BotContext = ConversationFlavor<Context> & { talk: Talk };
type Cto = Conversation<BotContext, Context>;

/** The lifetime of an offer, ms. After that, its price may be outdated. */
const OFFER_MS = 5 * 60_000;
const HTML = { parse_mode: "HTML" } as const;
const ADDRESS_CHARACTERS = 64;
const AMOUNT_CHARACTERS = 40;
/** The amount, in SOL, whose estimate shows a token's market before the user has chosen one. */
const SMALL_AMOUNT = "0.01";
/**
 * The most answers to one question. Each answer stays in the conversation's record, and every update replays all of
 * them.
 */
const ANSWERS_AT_MOST = 20;

type Outcome<T> = { value: T } | { problem: string };

/**
 * Runs `work` outside the replay. A refusal becomes a result. An outage stays an error, so that the update is handled
 * again later.
 */
const asked = <T>(conversation: Cto, work: () => Promise<T>): Promise<Outcome<T>> =>
  conversation.external(async (): Promise<Outcome<T>> => {
    try {
      return { value: await work() };
    } catch (error) {
      if (!isCTOError(error) || error.code === "CTO_E_JOURNAL_UNAVAILABLE") throw error;
      return { problem: error.message };
    }
  });

const textOf = async (conversation: Cto): Promise<string> =>
  (await conversation.waitFor("message:text")).message.text.trim();

/** Ends the conversation if one question has had too many answers. */
async function endAfter(conversation: Cto, ctx: Context, answers: number): Promise<void> {
  if (answers < ANSWERS_AT_MOST) return;
  await ctx.reply("Too many answers: nothing was bought. Send /cto to begin anew.");
  await conversation.halt();
}

/**
 * Looks at a token as an operation of a small amount would. That estimate may be refused where a larger amount is not,
 * for example by a limit that is used up. The refusal is then shown, and the conversation goes on.
 */
async function lookAt(userId: string, tokenAddress: string): Promise<TokenLook> {
  const platform = await detectTokenPlatformWithCache(tokenAddress);
  const job = { userId, tokenAddress, buyAmount: SMALL_AMOUNT, mode: "prefunded", platform: "auto" } as const;
  try {
    const estimate = await estimateCTOOperation(job, { skipUnfit: true });
    const { detected, averagePrice, price, tokenLabel } = estimate;
    const market = { detected, platform: estimate.platform, averagePrice, price };
    return { platform, market: { ...market, ...(tokenLabel === undefined ? {} : { tokenLabel }) } };
  } catch (error) {
    if (!isCTOError(error) || error.code === "CTO_E_JOURNAL_UNAVAILABLE") throw error;
    return { platform, market: { problem: error.message } };
  }
}

type Asking = { readonly userId: string; readonly given: string };

async function askToken(conversation: Cto, ctx: Context, { userId, given }: Asking): Promise<string> {
  let token = given.slice(0, ADDRESS_CHARACTERS);
  if (token === "") await ctx.reply("Which token? Send its address.");
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, ctx, answers);
    if (token === "") token = (await textOf(conversation)).slice(0, ADDRESS_CHARACTERS);
    const address = token;
    const found = await asked(conversation, () => lookAt(userId, address));
    if ("value" in found) {
      await ctx.reply(tokenText(address, found.value), HTML);
      return address;
    }
    await ctx.reply(`${quoted(found.problem)}\nSend another address, or /cancel.`, HTML);
    token = "";
  }
}

async function askMode(conversation: Cto, ctx: Context, nonce: number): Promise<CTOJob["mode"]> {
  const keyboard = new InlineKeyboard()
    .text("standard: the funding wallet pays", `mode:${nonce}:standard`)
    .row()
    .text("prefunded: each wallet pays", `mode:${nonce}:prefunded`);
  await ctx.reply("Who pays?", { reply_markup: keyboard });
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, ctx, answers);
    const answer = await conversation.waitFor(["message:text", "callback_query:data"]);
    if (answer.callbackQuery) await acknowledge(answer);
    const said = answer.callbackQuery?.data?.replace(`mode:${nonce}:`, "") ?? answer.message?.text?.trim();
    if (said === "standard" || said === "prefunded") return said;
    if (!answer.callbackQuery) await answer.reply("Send standard or prefunded, or /cancel.");
  }
}

type Offer = { readonly job: CTOJob; readonly estimate: CTOEstimate };

async function askAmount(conversation: Cto, ctx: Context, job: Omit<CTOJob, "buyAmount">): Promise<Offer> {
  await ctx.reply("How much SOL, over all wallets?");
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, ctx, answers);
    const buyAmount = (await textOf(conversation)).slice(0, AMOUNT_CHARACTERS);
    const offered = { ...job, buyAmount };
    const found = await asked(conversation, () => estimateCTOOperation(offered));
    if ("value" in found) return { job: offered, estimate: found.value };
    await ctx.reply(`${quoted(found.problem)}\nSend another amount, or /cancel.`, HTML);
  }
}

/** Accepts only the buttons of this offer. Buttons of an older offer, and forged ones, have no effect. */
async function isConfirmed(conversation: Cto, ctx: Context, nonce: number): Promise<boolean> {
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, ctx, answers);
    const answer = await conversation.waitFor(["callback_query:data", "message:text"]);
    if (!answer.callbackQuery) {
      await answer.reply("Press one of the buttons, or send /cancel.");
      continue;
    }
    await acknowledge(answer);
    if (answer.callbackQuery.data === `buy:${nonce}`) return true;
    if (answer.callbackQuery.data === `leave:${nonce}`) return false;
  }
}

/** @param given the text after /cto: the token's address, or empty */
export async function cto(conversation: Cto, ctx: Context, { userId, given }: Asking): Promise<void> {
  const chatId = ctx.chatId ?? 0;
  const nonce = ctx.update.update_id;
  const tokenAddress = await askToken(conversation, ctx, { userId, given });
  const mode = await askMode(conversation, ctx, nonce);
  const base = { userId, userChatId: chatId, tokenAddress, mode, platform: "auto" };
  const { job, estimate } = await askAmount(conversation, ctx, base);
  const keyboard = new InlineKeyboard().text("Buy", `buy:${nonce}`).text("Leave", `leave:${nonce}`);
  const text = offerText(tokenAddress, mode, estimate);
  const offer = await ctx.reply(text, { ...HTML, reply_markup: keyboard });
  const since = await conversation.now();
  const confirmed = await isConfirmed(conversation, ctx, nonce);
  const end = (line: string) => ctx.api.editMessageText(chatId, offer.message_id, `${text}\n\n${line}`, HTML);
  if (!confirmed) return void (await end("Nothing was bought."));
  if ((await conversation.now()) - since > OFFER_MS)
    return void (await end("This offer is too old: nothing was bought. Send /cto again."));
  // The key makes one conversation enqueue once, even if its confirmation is handled several times.
  const idempotencyKey = `telegram-${chatId}-${nonce}`;
  const accepted = await asked(conversation, async () => {
    if ((await getCTOChatUser(chatId)) !== userId) throw new CTOError("CTO_E_CHAT_MOVED", {});
    const { jobId } = await enqueueCTOOperation(job, 0, { idempotencyKey });
    return jobId;
  });
  if ("problem" in accepted) return void (await end(quoted(accepted.problem)));
  await end(`Accepted: ${quoted(accepted.value)}`);
}
