/**
 * Creates the bot: it checks who may use it, and passes each update to its handler. Like any user's own bot, it uses
 * only the public library.
 */
import { conversations, createConversation } from "@grammyjs/conversations";
import { Bot, type Context } from "grammy";
import { type CTONotes, getCTOChatUser, linkCTOChat } from "../index.ts";
import { addCommands, givenTo, type Linked } from "./commands.ts";
import { cto } from "./conversation.ts";
import { acknowledge } from "./failures.ts";
import { lateAnswers } from "./late-answers.ts";
import { respectRateLimits } from "./rate-limits.ts";
import { withTalk } from "./talks.ts";
import { HELP, quoted } from "./text.ts";

const UNLINKED =
  "This chat is not linked to a user. Create a code with `cto telegram link` or in the dashboard. Then send: /start and the code.";
const INVALID = "This code is unknown, used or too old.";

/**
 * The version of the stored conversations. Increase it when the conversation's form changes: older conversations are
 * then dropped and not replayed.
 */
const CONVERSATION_VERSION = 3;

const storage = {
  type: "context",
  version: CONVERSATION_VERSION,
  adapter: {
    read: (ctx: Linked) => ctx.talk.conversations as never,
    write: (ctx: Linked, state: unknown) => {
      ctx.talk.conversations = state;
    },
    delete: (ctx: Linked) => {
      ctx.talk.conversations = undefined;
    },
  },
} as const;

/** We ignore groups and channels, because every member could act for the user. */
const isPrivate = ({ chat, from }: Context): boolean => chat?.type === "private" && from?.id === chat.id;

type AnswerStranger = (ctx: Context, text: string) => void;

/**
 * Answers strangers, if Telegram accepts the answer now. Nobody waits for such an answer, its failure is ignored, and a
 * stranger who writes faster than we answer gets fewer answers. Whoever writes very much would otherwise hold up all
 * other chats.
 */
function answerStrangers(): AnswerStranger {
  const answering = new Set<number>();
  return (ctx, text) => {
    const chat = ctx.chat?.id ?? 0;
    if (answering.has(chat)) return;
    answering.add(chat);
    const answered = ctx.callbackQuery ? acknowledge(ctx).then(() => ctx.reply(text)) : ctx.reply(text);
    const forget = () => void answering.delete(chat);
    answered.then(forget, forget);
  };
}

/** A chat that is already linked may also redeem a code. The code may move the chat to another user. */
async function redeem(ctx: Context, answerStranger: AnswerStranger): Promise<boolean> {
  const code = /^\/start(?:@\w+)?\s+(\S+)$/.exec(ctx.message?.text ?? "")?.[1];
  if (code === undefined || ctx.chat === undefined) return false;
  const userId = await linkCTOChat(code, ctx.chat.id);
  // The code may be gone because it has linked this chat already, and its answer was lost.
  const linked = userId ?? (await getCTOChatUser(ctx.chat.id));
  const words = `This chat is linked to ${quoted(linked ?? "")}.`;
  if (userId !== null) await ctx.reply(`${words}\n\n${HELP}`, { parse_mode: "HTML" });
  else if (linked !== null) await ctx.reply(`${INVALID} ${words}`, { parse_mode: "HTML" });
  else answerStranger(ctx, INVALID);
  return true;
}

const SECONDS_PER_CALL = 10;

export type BotOptions = {
  readonly token: string;
  readonly apiRoot: string;
  readonly notes: CTONotes;
  /**
   * The timeout of one call, seconds. A slower call counts as an outage, and the update or the message is handled
   * again. Default 10.
   */
  readonly callSeconds?: number | undefined;
  /** Ends the waiting of late answers. */
  readonly signal: AbortSignal;
};

export function createBot(options: BotOptions): Bot<Linked> {
  const { token, apiRoot, notes, signal, callSeconds = SECONDS_PER_CALL } = options;
  const bot = new Bot<Linked>(token, { client: { apiRoot, timeoutSeconds: callSeconds } });
  bot.api.config.use(respectRateLimits());
  const answerStranger = answerStrangers();
  const answerLate = lateAnswers({ signal, mayRead: async (chat) => (await getCTOChatUser(chat)) !== null });
  bot.use(async (ctx, next) => {
    if (!isPrivate(ctx) || ctx.chat === undefined) return;
    if (ctx.message?.text === undefined && ctx.callbackQuery?.data === undefined) return;
    if (await redeem(ctx, answerStranger)) return;
    const userId = await getCTOChatUser(ctx.chat.id);
    if (userId === null) return answerStranger(ctx, UNLINKED);
    ctx.userId = userId;
    ctx.api.config.use(answerLate);
    const update = { chatId: ctx.chat.id, userId, updateId: ctx.update.update_id };
    await withTalk(notes, update, async (talk) => {
      ctx.talk = talk;
      await next();
    });
  });
  bot.use(conversations<Linked, Context>({ storage }));
  // A new /cto ends the previous conversation.
  bot.use(async (ctx, next) => {
    if (/^\/cto(@\w+)?(\s|$)/.test(ctx.message?.text ?? "")) await ctx.conversation.exitAll();
    await next();
  });
  addCommands(bot);
  bot.use(createConversation<Linked, Context>(cto));
  bot.command("cto", (ctx) => ctx.conversation.enter("cto", { userId: ctx.userId, given: givenTo(ctx) }));
  // The user pressed a button twice, or pressed a button of an offer that has ended.
  bot.on("callback_query:data", (ctx) => acknowledge(ctx, "This offer has ended. Send /cto to start again."));
  bot.on("message:text", (ctx) => ctx.reply(HELP, { parse_mode: "HTML" }));
  return bot;
}
