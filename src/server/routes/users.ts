/** Defines the routes of the users whose wallets buy. */
import { newUserSchema } from "../../contract/types.ts";
import { CTOError } from "../../errors/index.ts";
import { addUser } from "../../services/users.ts";
import { actingAs } from "../auth/access.ts";
import { toUser } from "../present.ts";
import { requireFound } from "../problem.ts";
import { MOST_USERS, userIdSchema, userListSchema, userQuerySchema, userSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["users"];

export const userRoutes: Routes = (app, { context }) => {
  const { journal } = context;
  app.get(
    "/users",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: {
        tags: TAGS,
        summary: "Users, in the order in which they were added",
        querystring: userQuerySchema,
        response: { 200: userListSchema },
      },
    },
    async ({ query: { search, cursor, limit } }) => {
      if (limit === undefined && search === undefined && cursor === undefined) {
        return { users: (await journal.listUsers()).map(toUser), nextCursor: null };
      }
      if (cursor !== undefined) requireFound(await journal.readUser(cursor), "cursor", "`nextCursor`");
      const most = limit ?? MOST_USERS;
      const found = await journal.listUsers({
        ...(search === undefined ? {} : { search }),
        ...(cursor === undefined ? {} : { after: cursor }),
        limit: most + 1,
      });
      const page = found.slice(0, most);
      return {
        users: page.map(toUser),
        nextCursor: found.length > most ? (page.at(-1)?.id ?? null) : null,
      };
    },
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
