/**
 * Defines the routes of webhooks, their deliveries and their balance thresholds. All but the thresholds' reading need the
 * scope `operate`, because a URL's path is often a secret.
 */
import { lamports } from "@solana/kit";
import { setBalanceAlert, toTexts, viewBalanceAlert } from "../../services/webhooks/balance-alerts.ts";
import {
  addWebhook,
  changeWebhook,
  listWebhooks,
  redeliver,
  removeWebhook,
  rotateWebhookSecret,
  testWebhook,
} from "../../services/webhooks/registry.ts";
import { actingAs } from "../auth/access.ts";
import { toDelivery, toWebhook } from "../present-webhooks.ts";
import { requireFound } from "../problem.ts";
import { noContentSchema } from "../schemas/common.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import {
  addedWebhookSchema,
  balanceAlertSchema,
  changeWebhookSchema,
  deliveryListSchema,
  deliveryQuerySchema,
  deliverySchema,
  newWebhookSchema,
  queuedDeliverySchema,
  rotatedSecretSchema,
  webhookListSchema,
  webhookSchema,
} from "../schemas/webhooks.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["webhooks"];
const ofUser = { scope: "operate", owner: "user" } as const;
const ofWebhook = { scope: "operate", owner: "webhook" } as const;

const userRoutes: Routes = (app, { context }) => {
  app.get(
    "/users/:id/webhooks",
    {
      config: { access: ofUser },
      schema: {
        tags: TAGS,
        summary: "A user's webhooks, without the removed ones",
        params: userIdSchema,
        response: { 200: webhookListSchema },
      },
    },
    async ({ params: { id } }) => ({ webhooks: (await listWebhooks(context, id)).map(toWebhook) }),
  );
  app.post(
    "/users/:id/webhooks",
    {
      config: { access: ofUser },
      schema: {
        tags: TAGS,
        summary: "Add a webhook; its secret is shown this once",
        params: userIdSchema,
        body: newWebhookSchema,
        response: { 201: addedWebhookSchema },
      },
    },
    async (request, reply) => {
      const { url, events } = request.body;
      const given = { userId: request.params.id, url, ...(events === undefined ? {} : { events }) };
      const { webhook, secret } = await addWebhook(actingAs(context, request), given);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ webhook: toWebhook(webhook), secret });
    },
  );
};

const changeRoutes: Routes = (app, { context }) => {
  app.patch(
    "/webhooks/:id",
    {
      config: { access: ofWebhook },
      schema: {
        tags: TAGS,
        summary: "Change where it is sent, or its events; what is absent stays as it is",
        params: userIdSchema,
        body: changeWebhookSchema,
        response: { 200: webhookSchema },
      },
    },
    async (request) =>
      toWebhook(await changeWebhook(actingAs(context, request), request.params.id, request.body)),
  );
  app.delete(
    "/webhooks/:id",
    {
      config: { access: ofWebhook },
      schema: {
        tags: TAGS,
        summary: "Send nothing more to it, nor what waits",
        params: userIdSchema,
        response: { 204: noContentSchema },
      },
    },
    async (request, reply) => {
      await removeWebhook(actingAs(context, request), request.params.id);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/webhooks/:id/rotate",
    {
      config: { access: ofWebhook },
      schema: {
        tags: TAGS,
        summary: "Make a new secret, shown this once; the one before signs beside it for 24 hours",
        params: userIdSchema,
        response: { 200: rotatedSecretSchema },
      },
    },
    async (request, reply) => {
      const secret = await rotateWebhookSecret(actingAs(context, request), request.params.id);
      return reply.header("cache-control", "no-store").send({ secret });
    },
  );
};

const deliveryRoutes: Routes = (app, { context }) => {
  app.post(
    "/webhooks/:id/test",
    {
      config: { access: ofWebhook },
      schema: {
        tags: TAGS,
        summary: "Let a worker send a message of the type webhook.test",
        params: userIdSchema,
        response: { 202: queuedDeliverySchema },
      },
    },
    async (request, reply) => {
      const deliveryId = await testWebhook(actingAs(context, request), request.params.id);
      return reply.code(202).send({ deliveryId });
    },
  );
  app.get(
    "/webhooks/:id/deliveries",
    {
      config: { access: ofWebhook },
      schema: {
        tags: TAGS,
        summary: "What was sent to it, how often, and what was answered; newest first",
        params: userIdSchema,
        querystring: deliveryQuerySchema,
        response: { 200: deliveryListSchema },
      },
    },
    async ({ params: { id }, query: { limit, cursor } }) => {
      if (cursor !== undefined) {
        const last = await context.journal.readDelivery(cursor);
        requireFound(last?.webhookId === id ? last : null, "cursor", "`nextCursor`");
      }
      const found = await context.journal.listDeliveries(id, limit + 1, cursor);
      const page = found.slice(0, limit);
      return {
        deliveries: page.map(toDelivery),
        nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
  );
  app.post(
    "/deliveries/:id/redeliver",
    {
      config: { access: { scope: "operate", owner: "delivery" } },
      schema: {
        tags: TAGS,
        summary: "Let a worker send it once more, with the same id",
        params: userIdSchema,
        response: { 202: deliverySchema },
      },
    },
    async (request, reply) =>
      reply.code(202).send(toDelivery(await redeliver(actingAs(context, request), request.params.id))),
  );
};

const lamportsOf = (text: string | null) => (text === null ? null : lamports(BigInt(text)));

const alertRoutes: Routes = (app, { context }) => {
  app.get(
    "/users/:id/balance-alert",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "Below which balances `balance.low` is sent",
        params: userIdSchema,
        response: { 200: balanceAlertSchema },
      },
    },
    async ({ params: { id } }) => toTexts(await viewBalanceAlert(context, id)),
  );
  app.put(
    "/users/:id/balance-alert",
    {
      config: { access: ofUser },
      schema: {
        tags: TAGS,
        summary: "Replace the balances below which `balance.low` is sent",
        params: userIdSchema,
        body: balanceAlertSchema,
        response: { 200: balanceAlertSchema },
      },
    },
    async (request) => {
      const { fundingLamports, buyerLamports } = request.body;
      const alert = {
        fundingLamports: lamportsOf(fundingLamports),
        buyerLamports: lamportsOf(buyerLamports),
      };
      return toTexts(await setBalanceAlert(actingAs(context, request), request.params.id, alert));
    },
  );
};

export const webhookRoutes: Routes = async (app, server) => {
  for (const routes of [userRoutes, changeRoutes, deliveryRoutes, alertRoutes]) await routes(app, server);
};
