/** Defines the health routes: `/healthz` says that the process runs, `/readyz` says whether its dependencies answer. */
import { z } from "zod";
import { checkDependencies } from "../../services/health.ts";
import type { Routes } from "../server-context.ts";

const checkSchema = z.object({ ok: z.boolean(), error: z.string().nullable() });

const readySchema = z.object({
  status: z.enum(["ok", "unavailable"]),
  checks: z.object({ journal: checkSchema, queue: checkSchema, cluster: checkSchema }),
});

export const healthRoutes: Routes = (app, { context }) => {
  app.get(
    "/healthz",
    {
      config: { access: "public", rateLimit: false },
      schema: { tags: ["health"], response: { 200: z.object({ status: z.literal("ok") }) } },
    },
    async () => ({ status: "ok" as const }),
  );
  app.get(
    "/readyz",
    {
      config: { access: "public", rateLimit: false },
      schema: { tags: ["health"], response: { 200: readySchema, 503: readySchema } },
    },
    async (_request, reply) => {
      const checks = await checkDependencies(context);
      const isReady = Object.values(checks).every(({ ok }) => ok);
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ok" : "unavailable", checks });
    },
  );
};
