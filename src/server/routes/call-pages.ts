/** Defines the public address of a call, `/c/<callId>`, for anyone who has the link: a page for people, and the same as JSON. */
import { isCTOError } from "../../errors/index.ts";
import { readCall } from "../../services/calls/view.ts";
import { readOperatorTerms } from "../calls/operator-terms.ts";
import { CALL_PAGE_POLICY, callPage, unknownCallPage } from "../calls/page.ts";
import { readTokenFacts } from "../calls/token-facts.ts";
import { presentCall } from "../present-call.ts";
import { callIdSchema, callSchema } from "../schemas/calls.ts";
import type { Routes } from "../server-context.ts";

const HTML = "text/html; charset=utf-8";

export const callPageRoutes: Routes = (app, server) => {
  const { context } = server;
  const operatorTerms = readOperatorTerms(context.config);
  const publicUrl = context.config.CTO_PUBLIC_URL ?? null;
  app.get(
    "/c/:id.json",
    {
      config: { access: "public" },
      schema: {
        tags: ["calls"],
        summary: "A call at its public address; names wallets and amounts, and no person",
        params: callIdSchema,
        response: { 200: callSchema },
      },
    },
    async ({ params: { id } }, reply) =>
      reply.header("cache-control", "no-cache").send(presentCall(await readCall(context, id))),
  );
  app.get(
    "/c/:id",
    { config: { access: "public" }, schema: { hide: true, params: callIdSchema } },
    async ({ params: { id } }, reply) => {
      reply
        .type(HTML)
        .header("content-security-policy", CALL_PAGE_POLICY)
        .header("cache-control", "no-cache");
      try {
        const call = await readCall(context, id);
        const token = await readTokenFacts(server, call.terms.mint);
        return reply.send(callPage(call, { token, operatorTerms, publicUrl, now: new Date() }));
      } catch (error) {
        if (!isCTOError(error, "CTO_E_CALL_UNKNOWN") && !isCTOError(error, "CTO_E_CALLS_OFF")) throw error;
        return reply.code(404).send(unknownCallPage());
      }
    },
  );
};
