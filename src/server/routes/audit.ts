/** Defines the route of the audit log, which returns the newest record first. */
import { toAuditRecord } from "../present-overview.ts";
import { auditPageSchema, auditQuerySchema } from "../schemas/overview.ts";
import type { Routes } from "../server-context.ts";

export const auditRoutes: Routes = (app, { context: { journal } }) => {
  app.get(
    "/audit",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: {
        tags: ["audit"],
        summary: "Who did what to keys, users, limits and money, newest first",
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema },
      },
    },
    async ({ query: { before, limit } }) => {
      const found = await journal.readAuditBack(before ?? null, limit);
      const last = found.at(-1);
      return {
        records: found.map(toAuditRecord),
        nextBefore: last !== undefined && last.seq > 1 ? last.seq : null,
      };
    },
  );
};
