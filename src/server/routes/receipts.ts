/** Defines the routes of public receipts, for anyone who has the link: a page for people, and the same data as JSON. */
import { isCTOError } from "../../errors/index.ts";
import { CONTENT_SECURITY_POLICY } from "../receipts/document.ts";
import { noReceiptYetPage, receiptPage, unknownReceiptPage } from "../receipts/page.ts";
import { createReceiptSource } from "../receipts/source.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import { receiptSchema } from "../schemas/receipts.ts";
import type { Routes } from "../server-context.ts";

const HTML = "text/html; charset=utf-8";

/** A settled receipt changes only if a retry follows. Any other receipt may change with the next slot. */
const cachingOf = ({ settled }: { settled: boolean }): string =>
  settled ? "public, max-age=60" : "no-cache";

export const receiptRoutes: Routes = (app, { context }) => {
  const source = createReceiptSource(context);
  app.get(
    "/r/:id.json",
    {
      config: { access: "public" },
      schema: {
        tags: ["receipts"],
        summary: "An operation's public receipt; names wallets and amounts, and no person",
        params: operationIdSchema,
        response: { 200: receiptSchema },
      },
    },
    async ({ params: { id } }, reply) => {
      const { legs, recovered, incidents, call, ...receipt } = await source.receipt(id);
      reply.header("cache-control", cachingOf(receipt));
      return reply.send({
        ...receipt,
        legs: [...legs],
        ...(call ? { call: { ...call, sales: [...call.sales], salesUnread: [...call.salesUnread] } } : {}),
        ...(incidents ? { incidents: [...incidents] } : {}),
        ...(recovered ? { recovered: [...recovered] } : {}),
      });
    },
  );
  app.get(
    "/r/:id",
    { config: { access: "public" }, schema: { hide: true, params: operationIdSchema } },
    async ({ params: { id } }, reply) => {
      reply.type(HTML).header("content-security-policy", CONTENT_SECURITY_POLICY);
      try {
        const receipt = await source.receipt(id);
        const publicUrl = context.config.CTO_PUBLIC_URL ?? null;
        const page = receiptPage(receipt, publicUrl);
        return reply.header("cache-control", cachingOf(receipt)).send(page);
      } catch (error) {
        const isEarly = isCTOError(error, "CTO_E_CALL_WITHOUT_RECEIPT");
        if (!isEarly && !isCTOError(error, "CTO_E_OPERATION_UNKNOWN")) throw error;
        reply.code(404).header("cache-control", "no-cache");
        return reply.send(isEarly ? noReceiptYetPage(id) : unknownReceiptPage());
      }
    },
  );
};
