/**
 * Defines the routes of the Telegram chats that may act for a user. Whoever can write in a linked chat can spend, so a
 * code needs the scope `operate`.
 */
import { CTOError } from "../../errors/index.ts";
import { createChatCode, listChats, unlinkChat } from "../../services/chats.ts";
import { actingAs } from "../auth/access.ts";
import { toChat } from "../present-webhooks.ts";
import { noContentSchema } from "../schemas/common.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import { chatCodeSchema, chatListSchema, chatParamsSchema } from "../schemas/webhooks.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["chats"];
const operate = { scope: "operate", owner: "user" } as const;

export const chatRoutes: Routes = (app, { context }) => {
  app.get(
    "/users/:id/chats",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "The Telegram chats that may act for a user",
        params: userIdSchema,
        response: { 200: chatListSchema },
      },
    },
    async ({ params: { id } }) => ({ chats: (await listChats(context, id)).map(toChat) }),
  );
  app.post(
    "/users/:id/chats",
    {
      config: { access: operate },
      schema: {
        tags: TAGS,
        summary: "Make a code that links one chat, once, within 15 minutes; it is shown this once",
        params: userIdSchema,
        response: { 201: chatCodeSchema },
      },
    },
    async (request, reply) => {
      const { code, expiresAt } = await createChatCode(actingAs(context, request), request.params.id);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ code, expiresAt: expiresAt.toISOString() });
    },
  );
  app.delete(
    "/users/:id/chats/:chat",
    {
      config: { access: operate },
      schema: {
        tags: TAGS,
        summary: "Unlink a chat: it can do nothing from then on",
        params: chatParamsSchema,
        response: { 204: noContentSchema },
      },
    },
    async (request, reply) => {
      const { id, chat } = request.params;
      const isOwn = (await listChats(context, id)).some(({ chatId }) => String(chatId) === chat);
      if (!isOwn || !(await unlinkChat(actingAs(context, request), Number(chat))))
        throw new CTOError("CTO_E_CHAT_UNKNOWN", { chatId: chat });
      return reply.code(204).send(null);
    },
  );
};
