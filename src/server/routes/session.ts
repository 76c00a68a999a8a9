/** Defines the routes of the dashboard's log-in and log-out, and the route that returns the caller. */
import { z } from "zod";
import { isLocalnet } from "../../runtime/cluster-address.ts";
import { recogniseApiKey } from "../../services/api-keys.ts";
import { callerOf } from "../auth/access.ts";
import { requireSameOrigin } from "../auth/csrf.ts";
import { beginSession, cookieOptions, endSession, SESSION_COOKIE } from "../auth/session.ts";
import { toHalt, toKeyInfo } from "../present.ts";
import { noContentSchema } from "../schemas/common.ts";
import { keyInfoSchema } from "../schemas/keys.ts";
import { haltSchema } from "../schemas/limits.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["session"];

export const sessionRoutes: Routes = (app, { context, version }) => {
  const { config, journal } = context;
  app.post(
    "/session",
    {
      config: { access: "public" },
      schema: {
        tags: TAGS,
        summary: "Log the dashboard in: answers a cookie for the key",
        body: z.strictObject({ key: z.string().max(200) }),
        response: { 200: z.object({ key: keyInfoSchema }) },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, config);
      const key = await recogniseApiKey(context, request.body.key, request.ip);
      const token = await beginSession(context, key.id);
      reply.setCookie(SESSION_COOKIE, token, cookieOptions(config));
      return { key: toKeyInfo(key) };
    },
  );
  app.delete(
    "/session",
    {
      config: { access: "public" },
      schema: { tags: TAGS, summary: "Log out", response: { 204: noContentSchema } },
    },
    async (request, reply) => {
      requireSameOrigin(request, config);
      const token = request.cookies[SESSION_COOKIE];
      if (token !== undefined) await endSession(context, token);
      reply.clearCookie(SESSION_COOKIE, cookieOptions(config));
      return reply.code(204).send(null);
    },
  );
  app.get(
    "/me",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "The key that is calling, and what it is calling",
        response: {
          200: z.object({
            key: keyInfoSchema,
            cluster: z.enum(["localnet", "custom"]),
            halted: haltSchema.nullable(),
            version: z.string(),
          }),
        },
      },
    },
    async (request) => {
      const halt = await journal.readHalt();
      return {
        key: toKeyInfo(callerOf(request).key),
        cluster: isLocalnet(config) ? ("localnet" as const) : ("custom" as const),
        halted: halt === null ? null : toHalt(halt),
        version,
      };
    },
  );
};
