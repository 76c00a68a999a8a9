/** Defines the routes that list, create, replace and revoke API keys. */
import { z } from "zod";
import { newApiKeySchema, rollApiKeySchema } from "../../contract/types.ts";
import { createApiKey, revokeApiKey, rollApiKey } from "../../services/api-keys.ts";
import { actingAs, callerOf } from "../auth/access.ts";
import { toKeyInfo } from "../present.ts";
import { noContentSchema } from "../schemas/common.ts";
import { createdKeySchema, keyInfoSchema } from "../schemas/keys.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["api keys"];
const admin = { scope: "admin", owner: "global" } as const;

export const apiKeyRoutes: Routes = (app, { context }) => {
  app.get(
    "/api-keys",
    {
      config: { access: admin },
      schema: { tags: TAGS, response: { 200: z.object({ keys: z.array(keyInfoSchema) }) } },
    },
    async () => ({ keys: (await context.journal.listApiKeys()).map(toKeyInfo) }),
  );
  app.post(
    "/api-keys",
    {
      config: { access: admin },
      schema: {
        tags: TAGS,
        summary: "Make a key; it is shown this once",
        body: newApiKeySchema,
        response: { 201: createdKeySchema },
      },
    },
    async (request, reply) => {
      const { key, secret } = await createApiKey(actingAs(context, request), request.body);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ key: toKeyInfo(key), secret });
    },
  );
  app.delete(
    "/api-keys/:id",
    {
      config: { access: admin },
      schema: {
        tags: TAGS,
        summary: "End a key for good, at once",
        params: userIdSchema,
        response: { 204: noContentSchema },
      },
    },
    async (request, reply) => {
      await revokeApiKey(actingAs(context, request), request.params.id, callerOf(request).key.id);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/api-keys/:id/roll",
    {
      config: { access: admin },
      schema: {
        tags: TAGS,
        summary: "Make a key in another one's place, which goes on for the overlap; it is shown this once",
        params: userIdSchema,
        body: rollApiKeySchema,
        response: { 201: createdKeySchema },
      },
    },
    async (request, reply) => {
      const overlapMs = request.body.overlapHours * 3_600_000;
      const { key, secret } = await rollApiKey(actingAs(context, request), request.params.id, overlapMs);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ key: toKeyInfo(key), secret });
    },
  );
};
