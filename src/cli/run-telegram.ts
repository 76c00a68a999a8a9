/** Starts the Telegram bot according to the configuration. */
import type { Config } from "../config.ts";
import { startTelegram, type TelegramBot } from "../telegram/index.ts";

/** Returns null if no token is set. */
export async function runTelegram(
  config: Config,
  warn: (problem: string) => void,
): Promise<TelegramBot | null> {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: apiRoot, TELEGRAM_WEBHOOK_URL: url } = config;
  if (token === undefined) return null;
  const webhook = url === undefined ? {} : { webhook: { url, port: config.TELEGRAM_WEBHOOK_PORT } };
  return startTelegram({ token, apiRoot, warn, ...webhook });
}
