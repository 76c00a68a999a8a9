/**
 * Defines the bot's commands besides `/cto`. Each shows or changes only the linked user's own operations, wallets and
 * limits.
 */
import type { Bot, Context } from "grammy";
import {
  type CTOJobStatus,
  cancelCTOJob,
  formatSol,
  getCTOJobStatus,
  getCTOLimits,
  isCTOError,
  listCTOOperations,
  listCTOWallets,
  retryCTOOperation,
} from "../index.ts";
import type { BotContext } from "./conversation.ts";
import { HELP, message, operationText, quoted } from "./text.ts";

/** The context of an update from a linked chat. */
export type Linked = BotContext & { userId: string };
type Found = Exclude<CTOJobStatus, { status: "not_found" }>;

const HTML = { parse_mode: "HTML" } as const;
const LATEST = 5;
const NONE = "There is no such operation.";

const say = (ctx: Context, lines: readonly string[]) => ctx.reply(message(lines), HTML);

/** The text after a command. */
export const givenTo = (ctx: Context): string => (typeof ctx.match === "string" ? ctx.match.trim() : "");

/** Returns the user's own operation. We treat another user's operation like an unknown one. */
async function ownOperation(userId: string, jobId: string): Promise<Found | null> {
  if (jobId === "" || jobId.length > 128) return null;
  const status = await getCTOJobStatus(jobId);
  return status.status === "not_found" || status.data.userId !== userId ? null : status;
}

async function status(ctx: Linked): Promise<void> {
  const given = givenTo(ctx);
  if (given !== "") {
    const found = await ownOperation(ctx.userId, given);
    return void (await say(ctx, [found === null ? NONE : operationText(found)]));
  }
  const latest = await listCTOOperations({ userId: ctx.userId, limit: LATEST });
  const lines = latest.map(
    ({ jobId, status: now, progress, data }) =>
      `${quoted(jobId)}: ${now.replace("_", " ")}, ${progress} %, ${data.buyAmount} SOL`,
  );
  await say(ctx, lines.length > 0 ? lines : ["You have no operations yet."]);
}

/** Returns the operations that /cancel may mean. A repeated update means the operation that it chose before. */
async function cancellable({ userId, talk }: Linked, given: string): Promise<readonly string[]> {
  if (talk.chosen !== undefined) return [talk.chosen];
  if (given !== "") return [(await ownOperation(userId, given))?.jobId].filter((id) => id !== undefined);
  const statuses = ["waiting", "active"] as const;
  return (await listCTOOperations({ userId, statuses, limit: LATEST })).map(({ jobId }) => jobId);
}

async function cancel(ctx: Linked): Promise<void> {
  const given = givenTo(ctx);
  const isRepeated = ctx.talk.chosen !== undefined;
  if (given === "" && !isRepeated && Object.keys(ctx.conversation.active()).length > 0) {
    await ctx.conversation.exitAll();
    // A press of Buy may have been handled without its record. We therefore do not say that nothing was bought.
    return void (await say(ctx, ["The questions have ended. /status shows your operations."]));
  }
  const open = await cancellable(ctx, given);
  const [jobId, ...others] = open;
  if (jobId === undefined) return void (await say(ctx, [given === "" ? "No operation is under way." : NONE]));
  if (others.length > 0)
    return void (await say(ctx, ["Which one? Send /cancel with its id:", ...open.map(quoted)]));
  if (given === "" && !isRepeated) await ctx.talk.choose(jobId);
  const { success, message: done = "", error = "" } = await cancelCTOJob(jobId);
  await say(ctx, [quoted(success ? done : error)]);
}

async function retry(ctx: Linked): Promise<void> {
  const found = await ownOperation(ctx.userId, givenTo(ctx));
  if (found === null) return void (await say(ctx, ["Send /retry with the id of one of your operations."]));
  try {
    const { jobId } = await retryCTOOperation(found.jobId);
    await say(ctx, [`Accepted: ${quoted(jobId)}`]);
  } catch (error) {
    if (!isCTOError(error) || error.code === "CTO_E_JOURNAL_UNAVAILABLE") throw error;
    await say(ctx, [quoted(error.message)]);
  }
}

async function wallets(ctx: Linked): Promise<void> {
  const all = await listCTOWallets(ctx.userId, { balances: true });
  const lines = all.map(
    ({ address, role, lamports, disabledAt }) =>
      `${role} ${quoted(address)} ${lamports === undefined ? "" : `${formatSol(BigInt(lamports))} SOL`}${disabledAt === undefined ? "" : ", disabled"}`,
  );
  await say(ctx, lines.length > 0 ? lines : ["You have no wallets yet."]);
}

async function limits(ctx: Linked): Promise<void> {
  const { everyone, own, halt } = await getCTOLimits(ctx.userId);
  const set = { ...everyone, ...own };
  const amount = (value: bigint | null | undefined): string =>
    value === null || value === undefined ? "no limit" : `${formatSol(value)} SOL`;
  await say(ctx, [
    `Each operation: ${amount(set.maxOperationLamports)}`,
    `Within 24 hours: ${amount(set.maxUserDayLamports)}`,
    `Each wallet, ever: ${amount(set.maxWalletLifetimeLamports)}`,
    ...(halt === null ? [] : [`Signing is stopped: ${quoted(halt.reason)}`]),
  ]);
}

/** These commands also work during a conversation, and do not change it. */
export function addCommands(bot: Bot<Linked>): void {
  bot.command("status", status);
  bot.command("cancel", cancel);
  bot.command("retry", retry);
  bot.command("wallets", wallets);
  bot.command("limits", limits);
  bot.command(["help", "start"], (ctx) => say(ctx, [HELP]));
}
