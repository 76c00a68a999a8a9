/** Defines `cto telegram`, which runs the bot, and links chats to the users for whom they may act. */
import type { Command } from "commander";
import { readConfig } from "../../config.ts";
import { CTOError } from "../../errors/index.ts";
import { closeAll } from "../../runtime/default-context.ts";
import { createChatCode, listChats, unlinkChat } from "../../services/chats.ts";
import { action, withContext } from "../action.ts";
import { runTelegram } from "../run-telegram.ts";
import { table } from "../table.ts";
import { listenForStop } from "../until-stopped.ts";

function addRun(telegram: Command): void {
  telegram
    .command("run")
    .description("run the bot of TELEGRAM_BOT_TOKEN until Ctrl-C or SIGTERM; `cto start` runs it, too")
    .addHelpText("after", "\nExample:\n  $ cto telegram run    (with TELEGRAM_BOT_TOKEN in the environment)")
    .action(
      action<[], object>(async (terminal) => {
        const stop = listenForStop();
        try {
          const bot = await runTelegram(readConfig(), (problem) => terminal.note(`Telegram ${problem}`));
          if (bot === null) throw new CTOError("CTO_E_TELEGRAM_TOKEN_MISSING");
          terminal.note("The bot runs. Ctrl-C stops it.");
          await stop.stopped;
          await bot.stop();
        } finally {
          await closeAll();
          stop.dispose();
        }
        terminal.answer({ stopped: true }, () => "The bot stopped; operations go on.");
      }),
    );
}

export function addTelegramCommand(program: Command): void {
  const telegram = program.command("telegram").description("run the Telegram bot, and link chats to users");
  addRun(telegram);
  telegram
    .command("link")
    .argument("<user>", "the user that the chat will act for")
    .description("make a code that links one chat, once, within 15 minutes")
    .addHelpText("after", "\nExample:\n  $ cto telegram link alice")
    .action(
      action<[user: string], object>(async (terminal, [userId]) => {
        const made = await withContext((context) => createChatCode(context, userId));
        terminal.answer(made, () => `Send the bot: /start ${made.code}`);
      }),
    );
  telegram
    .command("chats")
    .argument("[user]", "only this user's")
    .description("list the linked chats")
    .addHelpText("after", "\nExample:\n  $ cto telegram chats --json")
    .action(
      action<[user: string | undefined], object>(async (terminal, [userId]) => {
        const chats = await withContext((context) => listChats(context, userId));
        const columns = ["chat", "user", "since"].map((title) => ({ title }));
        const rows = chats.map(({ chatId, userId: of, since }) => [String(chatId), of, since.toISOString()]);
        terminal.answer(chats, () => table(columns, rows, terminal.colours));
      }),
    );
  telegram
    .command("unlink")
    .argument("<chat>", "the chat's number, as `cto telegram chats` shows it")
    .description("unlink a chat; it may not act for its user any more")
    .addHelpText("after", "\nExample:\n  $ cto telegram unlink 123456789")
    .action(
      action<[chat: string], object>(async (terminal, [chatId]) => {
        const done = await withContext((context) => unlinkChat(context, Number(chatId)));
        if (!done) throw new CTOError("CTO_E_CHAT_UNKNOWN", { chatId });
        terminal.answer({ chatId, unlinked: true }, () => `Unlinked ${chatId}`);
      }),
    );
}
