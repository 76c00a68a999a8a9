/** The users whose wallets buy. */
import { z } from "zod";
import { newUserSchema } from "../../contract/types.ts";
import { CTOError } from "../../errors/index.ts";
import { addUser } from "../../services/users.ts";
import { actingAs } from "../auth/access.ts";
import { toUser } from "../present.ts";
import { userIdSchema, userSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["users"];

export const userRoutes: Routes = (app, { context }) => {
  const { journal } = context;
  app.get(
    "/users",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: { tags: TAGS, response: { 200: z.object({ users: z.array(userSchema) }) } },
    },
    async () => ({ users: (await journal.listUsers()).map(toUser) }),
  );
  app.post(
    "/users",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: { tags: TAGS, summary: "Add a user", body: newUserSchema, response: { 201: userSchema } },
    },
    async (request, reply) => {
      const { id, name } = request.body;
      const user = await addUser(actingAs(context, request), { id, ...(name === undefined ? {} : { name }) });
      return reply.code(201).send(toUser(user));
    },
  );
  app.get(
    "/users/:id",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: { tags: TAGS, params: userIdSchema, response: { 200: userSchema } },
    },
    async ({ params: { id } }) => {
      const user = await journal.readUser(id);
      if (user === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId: id });
      return toUser(user);
    },
  );
};
