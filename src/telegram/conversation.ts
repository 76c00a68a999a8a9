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
  listCTOOperations,
} from "../index.ts";
import { acknowledge, isPassing } from "./failures.ts";
import type { Talk } from "./talks.ts";
import { offerText, quoted, type TokenLook, tokenText } from "./text.ts";

export type BotContext = ConversationFlavor<Context> & { talk: Talk };
type Cto = Conversation<BotContext, Context>;

/** The lifetime of an offer, ms. After that, its price may be outdated. */
const OFFER_MS = 5 * 60_000;
const TOO_OLD = "This offer is older than five minutes. Nothing was bought. Send /cto again.";
const LEFT = "Nothing was bought.";
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
 * Runs `work` outside the replay. Its error is the one that it threw: conversations copy errors, and a copy does not
 * show that it is an outage. Nothing of the error is stored, because the addresses in it contain the token.
 */
function outside<T>(conversation: Cto, work: (outer: BotContext) => Promise<T>): Promise<T> {
  let thrown: unknown;
  return conversation.external({
    task: async (outer) => {
      try {
        return await work(outer);
      } catch (error) {
        thrown = error;
        throw error;
      }
    },
    beforeStoreError: () => null,
    afterLoadError: () => thrown,
  });
}

/** A refusal becomes a result. An outage stays an error, so that the update is handled again later. */
const outcomeOf = <T>(conversation: Cto, work: () => Promise<T>): Promise<Outcome<T>> =>
  outside(conversation, async (): Promise<Outcome<T>> => {
    try {
      return { value: await work() };
    } catch (error) {
      if (!isCTOError(error) || error.code === "CTO_E_JOURNAL_UNAVAILABLE") throw error;
      return { problem: error.message };
    }
  });

/**
 * Sends a message. The outer context's calls respect Telegram's rate limits.
 *
 * @returns the message's number
 */
const tell = (conversation: Cto, text: string, keyboard?: InlineKeyboard): Promise<number> =>
  outside(conversation, async (outer) => {
    const sent = await outer.reply(text, { ...HTML, ...(keyboard ? { reply_markup: keyboard } : {}) });
    return sent.message_id;
  });

const textOf = async (conversation: Cto): Promise<string> =>
  (await conversation.waitFor("message:text")).message.text.trim();

/** Ends the conversation if one question has had too many answers. */
async function endAfter(conversation: Cto, answers: number): Promise<void> {
  if (answers < ANSWERS_AT_MOST) return;
  await tell(
    conversation,
    "Too many answers. The questions have ended, and nothing was bought. Send /cto to start again.",
  );
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

async function askToken(conversation: Cto, { userId, given }: Asking): Promise<string> {
  let token = given.slice(0, ADDRESS_CHARACTERS);
  if (token === "") await tell(conversation, "Which token? Send its address.");
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, answers);
    if (token === "") token = (await textOf(conversation)).slice(0, ADDRESS_CHARACTERS);
    const address = token;
    const found = await outcomeOf(conversation, () => lookAt(userId, address));
    if ("value" in found) {
      await tell(conversation, tokenText(address, found.value));
      return address;
    }
    await tell(conversation, `${quoted(found.problem)}\nSend another address, or /cancel.`);
    token = "";
  }
}

async function askMode(conversation: Cto, nonce: number): Promise<CTOJob["mode"]> {
  const keyboard = new InlineKeyboard()
    .text("standard: the funding wallet pays", `mode:${nonce}:standard`)
    .row()
    .text("prefunded: each wallet pays", `mode:${nonce}:prefunded`);
  await tell(conversation, "Who pays?", keyboard);
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, answers);
    const answer = await conversation.waitFor(["message:text", "callback_query:data"]);
    if (answer.callbackQuery) await outside(conversation, (outer) => acknowledge(outer));
    const said = answer.callbackQuery?.data?.replace(`mode:${nonce}:`, "") ?? answer.message?.text?.trim();
    if (said === "standard" || said === "prefunded") return said;
    if (!answer.callbackQuery) await tell(conversation, "Send standard or prefunded, or /cancel.");
  }
}

type Offer = { readonly job: CTOJob; readonly estimate: CTOEstimate };

async function askAmount(conversation: Cto, job: Omit<CTOJob, "buyAmount">): Promise<Offer> {
  await tell(conversation, "How much SOL, over all wallets?");
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, answers);
    const buyAmount = (await textOf(conversation)).slice(0, AMOUNT_CHARACTERS);
    const offered = { ...job, buyAmount };
    const found = await outcomeOf(conversation, () => estimateCTOOperation(offered));
    if ("value" in found) return { job: offered, estimate: found.value };
    await tell(conversation, `${quoted(found.problem)}\nSend another amount, or /cancel.`);
  }
}

/** Accepts only the buttons of this offer. Buttons of an older offer, and forged ones, have no effect. */
async function isConfirmed(conversation: Cto, nonce: number): Promise<boolean> {
  for (let answers = 0; ; answers += 1) {
    await endAfter(conversation, answers);
    const answer = await conversation.waitFor(["callback_query:data", "message:text"]);
    if (!answer.callbackQuery) {
      await tell(conversation, "Press one of the buttons, or send /cancel.");
      continue;
    }
    await outside(conversation, (outer) => acknowledge(outer));
    if (answer.callbackQuery.data === `buy:${nonce}`) return true;
    if (answer.callbackQuery.data === `leave:${nonce}`) return false;
  }
}

type Decision = { readonly offer: Offer; readonly nonce: number; readonly refusal: string | null };

/**
 * Enqueues the offer, unless it is refused. An earlier try of the same press may have enqueued it already, and the bot
 * died, or Telegram did not take the answer. That operation is looked for first, because no refusal undoes it.
 *
 * @returns the operation's id, or the refusal
 */
async function decide({ offer: { job }, nonce, refusal }: Decision): Promise<{ jobId: string } | string> {
  const { userId, userChatId = 0 } = job;
  const key = `telegram-${userChatId}-${nonce}`;
  const [known] = await listCTOOperations({ userId, reference: key, limit: 1 });
  if (known !== undefined) return { jobId: known.jobId };
  if (refusal !== null) return refusal;
  if ((await getCTOChatUser(userChatId)) !== userId) throw new CTOError("CTO_E_CHAT_MOVED", {});
  // The key makes one conversation enqueue once, even if its confirmation is handled several times.
  const { jobId } = await enqueueCTOOperation(job, 0, { idempotencyKey: key, reference: key });
  return { jobId };
}

/** @param given the text after /cto: the token's address, or empty */
export async function cto(conversation: Cto, ctx: Context, { userId, given }: Asking): Promise<void> {
  const chatId = ctx.chatId ?? 0;
  const nonce = ctx.update.update_id;
  const tokenAddress = await askToken(conversation, { userId, given });
  const mode = await askMode(conversation, nonce);
  const base = { userId, userChatId: chatId, tokenAddress, mode, platform: "auto" };
  const offer = await askAmount(conversation, base);
  const keyboard = new InlineKeyboard().text("Buy", `buy:${nonce}`).text("Leave", `leave:${nonce}`);
  const text = offerText(tokenAddress, mode, offer.estimate);
  const message = await tell(conversation, text, keyboard);
  const since = await conversation.now();
  const confirmed = await isConfirmed(conversation, nonce);
  const isOld = (await conversation.now()) - since > OFFER_MS;
  const refusal = confirmed ? (isOld ? TOO_OLD : null) : LEFT;
  const decided = await outcomeOf(conversation, () => decide({ offer, nonce, refusal }));
  // Only an outage repeats the press. After any other failure of this edit, the conversation must end: the operation
  // has a message of its own.
  const end = (line: string) =>
    outside(conversation, async ({ api }) => {
      await api.editMessageText(chatId, message, `${text}\n\n${line}`, HTML).catch((error: unknown) => {
        if (isPassing(error)) throw error;
      });
    });
  if ("problem" in decided) await end(quoted(decided.problem));
  else if (typeof decided.value === "string") await end(decided.value);
  else await end(`Accepted: ${quoted(decided.value.jobId)}`);
}
