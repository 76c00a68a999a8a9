/** Defines the routes of the spend limits, of the amounts spent so far, and of the halt. */
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import { halt, type LimitChanges, resume, setLimits, viewLimits } from "../../services/limits.ts";
import { actingAs } from "../auth/access.ts";
import { toHalt, toLimits } from "../present.ts";
import { noContentSchema, noteSchema } from "../schemas/common.ts";
import { haltSchema, type LimitSetView, limitSetSchema, limitsSchema } from "../schemas/limits.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const amountOf = (text: string | null | undefined) =>
  typeof text === "string" ? lamports(BigInt(text)) : text;
const addressesOf = (texts: string[] | null | undefined) =>
  Array.isArray(texts) ? texts.map((text) => address(text)) : texts;

/** Returns the changes that replace the whole set: a field that is absent is removed. */
const changesOf = (set: LimitSetView): LimitChanges => ({
  maxOperationLamports: amountOf(set.maxOperationLamports),
  maxUserDayLamports: amountOf(set.maxUserDayLamports),
  maxWalletLifetimeLamports: amountOf(set.maxWalletLifetimeLamports),
  maxWallets: set.maxWallets,
  maxSlippageBps: set.maxSlippageBps,
  maxPriceImpactBps: set.maxPriceImpactBps,
  maxPriceDeviationBps: set.maxPriceDeviationBps,
  allowedMints: addressesOf(set.allowedMints),
  deniedMints: addressesOf(set.deniedMints),
  allowedPrograms: addressesOf(set.allowedPrograms),
});

const TAGS = ["limits"];

const everyoneRoutes: Routes = (app, { context }) => {
  app.get(
    "/limits",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: { tags: TAGS, summary: "The limits for everyone", response: { 200: limitsSchema } },
    },
    async () => toLimits(await viewLimits(context, null)),
  );
  app.put(
    "/limits",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: {
        tags: TAGS,
        summary: "Replace the limits for everyone",
        body: limitSetSchema,
        response: { 200: limitsSchema },
      },
    },
    async (request) => {
      await setLimits(actingAs(context, request), null, changesOf(request.body));
      return toLimits(await viewLimits(context, null));
    },
  );
};

const userRoutes: Routes = (app, { context }) => {
  app.get(
    "/users/:id/limits",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "A user's limits, and what has been spent under them",
        params: userIdSchema,
        response: { 200: limitsSchema },
      },
    },
    async ({ params: { id } }) => toLimits(await viewLimits(context, id)),
  );
  app.put(
    "/users/:id/limits",
    {
      config: { access: { scope: "admin", owner: "global" } },
      schema: {
        tags: TAGS,
        summary: "Replace a user's own limits",
        params: userIdSchema,
        body: limitSetSchema,
        response: { 200: limitsSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      await setLimits(actingAs(context, request), id, changesOf(request.body));
      return toLimits(await viewLimits(context, id));
    },
  );
};

const haltRoutes: Routes = (app, { context }) => {
  const admin = { scope: "admin", owner: "global" } as const;
  app.get(
    "/halt",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: { tags: TAGS, response: { 200: haltSchema.nullable() } },
    },
    async () => {
      const found = await context.journal.readHalt();
      return found === null ? null : toHalt(found);
    },
  );
  app.post(
    "/halt",
    {
      config: { access: admin },
      schema: {
        tags: TAGS,
        summary: "Stop all new signatures",
        body: z.strictObject({ reason: noteSchema }),
        response: { 200: haltSchema },
      },
    },
    async (request) => toHalt(await halt(actingAs(context, request), request.body.reason)),
  );
  app.delete(
    "/halt",
    {
      config: { access: admin },
      schema: { tags: TAGS, summary: "Let what waits go on", response: { 204: noContentSchema } },
    },
    async (request, reply) => {
      await resume(actingAs(context, request));
      return reply.code(204).send(null);
    },
  );
};

export const limitRoutes: Routes = async (app, server) => {
  for (const routes of [everyoneRoutes, userRoutes, haltRoutes]) await routes(app, server);
};
