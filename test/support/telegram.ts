/** Simulates the part of Telegram's Bot API that bots use, over real HTTP, including Telegram's faults. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

export const BOT_TOKEN = "110201543:token_of-the-test";

type Button = { readonly text: string; readonly callback_data: string };
export type Shown = {
  readonly chat: number;
  readonly message: number;
  text: string;
  buttons: readonly Button[];
};

const asked = z.looseObject({
  chat_id: z.number().optional(),
  message_id: z.number().optional(),
  text: z.string().optional(),
  offset: z.number().optional(),
  url: z.string().optional(),
  secret_token: z.string().optional(),
  reply_markup: z
    .object({ inline_keyboard: z.array(z.array(z.object({ text: z.string(), callback_data: z.string() }))) })
    .optional(),
});
type Asked = z.infer<typeof asked>;
type Answer = {
  ok: boolean;
  error_code?: number;
  description?: string;
  result?: unknown;
  parameters?: object;
};

const POLL_MS = 25;

export class FakeTelegram {
  /** All messages, in their current state. */
  readonly messages: Shown[] = [];
  /** The history of each chat: texts of the user, and messages of the bot. */
  readonly transcript: { chat: number; said: string | Shown }[] = [];
  readonly calls: { method: string; asked: Asked; at: number }[] = [];
  webhook: { url: string; secret: string } | null = null;
  /** Returns an answer that replaces the fake's answer, or null for the normal answer. */
  fault: (method: string, asked: Asked) => Answer | "hang-up" | "silence" | null = () => null;
  /** How often a poll began while another one waited. Telegram ends the other one then. */
  overlaps = 0;
  private polls = 0;
  /** The unconfirmed updates. Confirmed ones are removed, as in Telegram. Tests may deliver them again. */
  private updates: { update_id: number }[] = [];
  private number = 100;
  private readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const [, token, method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? "") ?? [];
      const given = asked.parse(JSON.parse(body === "" ? "{}" : body));
      this.calls.push({ method, asked: given, at: Date.now() });
      const answer =
        token === BOT_TOKEN
          ? (this.fault(method, given) ?? this.answer(method, given))
          : { ok: false, error_code: 401, description: "Unauthorized" };
      if (answer === "hang-up") return void request.socket.destroy();
      if (answer === "silence") return;
      const isPoll = method === "getUpdates";
      const send = () => {
        if (isPoll) this.polls -= 1;
        response
          .writeHead(answer.error_code ?? 200, { "content-type": "application/json" })
          .end(JSON.stringify(answer));
      };
      if (isPoll) {
        this.overlaps += this.polls > 0 ? 1 : 0;
        this.polls += 1;
      }
      setTimeout(send, isPoll ? POLL_MS : 0);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private next(): number {
    this.number += 1;
    return this.number;
  }

  private chatOf = (chat: number, type: string) => ({ id: chat, type, first_name: "x", title: "x" });

  /** Sends a message as the user. */
  write(chat: number, text: string, { type = "private", from = chat } = {}): object {
    this.transcript.push({ chat, said: `> ${text}` });
    const command = /^\/\w+/.exec(text)?.[0];
    const number = this.next();
    return this.deliver({
      update_id: number,
      message: {
        message_id: number,
        date: 0,
        text,
        chat: this.chatOf(chat, type),
        from: { id: from, is_bot: false, first_name: "x" },
        ...(command ? { entities: [{ type: "bot_command", offset: 0, length: command.length }] } : {}),
      },
    });
  }

  /** Presses a button as the user, or sends forged button data. */
  press(chat: number, data: string, message = 0): object {
    const label = this.messages
      .filter((shown) => shown.chat === chat)
      .flatMap(({ buttons }) => buttons)
      .find(({ callback_data }) => callback_data === data)?.text;
    this.transcript.push({ chat, said: `> [${label ?? data}]` });
    const number = this.next();
    return this.deliver({
      update_id: number,
      callback_query: {
        id: String(number),
        chat_instance: "1",
        data,
        from: { id: chat, is_bot: false, first_name: "x" },
        message: { message_id: message, date: 0, chat: this.chatOf(chat, "private") },
      },
    });
  }

  /** Delivers an update. It may be an update that was already delivered. */
  deliver<Update extends { update_id: number }>(update: Update): Update {
    this.updates.push(update);
    return update;
  }

  /** Returns the last message in a chat. */
  last = (chat: number): Shown | undefined => this.messages.findLast((shown) => shown.chat === chat);

  /** Returns the data of a button in the chat's last message with buttons. */
  button(chat: number, text: string): string {
    const found = this.messages
      .filter((shown) => shown.chat === chat)
      .flatMap(({ buttons }) => buttons)
      .findLast((button) => button.text.startsWith(text));
    if (found === undefined) throw new Error(`chat ${chat} has no button ${text}`);
    return found.callback_data;
  }

  private answer(method: string, given: Asked): Answer {
    const { chat_id: chat = 0, message_id, text = "", offset = 0 } = given;
    const buttons = given.reply_markup?.inline_keyboard.flat() ?? [];
    const refused = (description: string): Answer => ({ ok: false, error_code: 400, description });
    switch (method) {
      case "getMe":
        return { ok: true, result: { id: 1, is_bot: true, first_name: "bot", username: "cto_bot" } };
      case "deleteWebhook":
        this.webhook = null;
        return { ok: true, result: true };
      case "getUpdates":
        if (this.webhook !== null)
          return { ok: false, error_code: 409, description: "Conflict: can't use getUpdates method" };
        this.updates = this.updates.filter(({ update_id }) => update_id >= offset);
        return { ok: true, result: this.updates.slice(0, 100) };
      case "setWebhook":
        this.webhook = { url: given.url ?? "", secret: given.secret_token ?? "" };
        return { ok: true, result: true };
      case "sendMessage": {
        const message = this.next();
        const shown = { chat, message, text, buttons };
        this.messages.push(shown);
        this.transcript.push({ chat, said: shown });
        return {
          ok: true,
          result: { message_id: message, date: 0, text, chat: this.chatOf(chat, "private") },
        };
      }
      case "editMessageText": {
        const shown = this.messages.find((each) => each.chat === chat && each.message === message_id);
        if (shown === undefined) return refused("Bad Request: message to edit not found");
        if (shown.text === text && shown.buttons.length === buttons.length)
          return refused("Bad Request: message is not modified");
        shown.text = text;
        shown.buttons = buttons;
        return { ok: true, result: true };
      }
      default:
        return { ok: true, result: true };
    }
  }
}
