/** Runs the Telegram bot in its own process, configured by the environment, with short intervals. */
import { readConfig } from "../../src/config.ts";
import { startTelegram } from "../../src/telegram/index.ts";

const { TELEGRAM_BOT_TOKEN: token = "", TELEGRAM_API_ROOT: apiRoot } = readConfig();
await startTelegram({ token, apiRoot, warn: () => undefined, everyMs: 50, leaseMs: 1_000 });
console.log("ready");
