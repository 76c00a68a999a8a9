/** Registers all routes. To add a resource, write `routes/<resource>.ts` and list it here. */
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Routes } from "../server-context.ts";
import { actionRoutes } from "./actions.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { auditRoutes } from "./audit.ts";
import { batchRoutes } from "./batch.ts";
import { callPageRoutes } from "./call-pages.ts";
import { callRoutes } from "./calls.ts";
import { chatRoutes } from "./chats.ts";
import { disclosureRoutes } from "./disclosures.ts";
import { errorRoutes } from "./errors.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { limitRoutes } from "./limits.ts";
import { localnetRoutes } from "./localnet.ts";
import { metricsRoutes } from "./metrics.ts";
import { operationRoutes } from "./operations.ts";
import { overviewRoutes } from "./overview.ts";
import { queueRoutes } from "./queue.ts";
import { receiptRoutes } from "./receipts.ts";
import { recoverRoutes } from "./recover.ts";
import { reviewRoutes } from "./review.ts";
import { sessionRoutes } from "./session.ts";
import { sweepRoutes } from "./sweep.ts";
import { tokenRoutes } from "./tokens.ts";
import { userRoutes } from "./users.ts";
import { walletRoutes } from "./wallets.ts";
import { webRoutes } from "./web.ts";
import { webhookRoutes } from "./webhooks.ts";

/** The routes under `/v1`. */
const API: readonly Routes[] = [
  sessionRoutes,
  operationRoutes,
  batchRoutes,
  eventRoutes,
  reviewRoutes,
  recoverRoutes,
  tokenRoutes,
  userRoutes,
  walletRoutes,
  webhookRoutes,
  callRoutes,
  disclosureRoutes,
  chatRoutes,
  limitRoutes,
  apiKeyRoutes,
  queueRoutes,
  overviewRoutes,
  auditRoutes,
  sweepRoutes,
  localnetRoutes,
];

/** The routes at the root. */
const ROOT: readonly Routes[] = [
  healthRoutes,
  metricsRoutes,
  errorRoutes,
  webRoutes,
  receiptRoutes,
  callPageRoutes,
  actionRoutes,
];

export const registerRoutes: Routes = async (app, server) => {
  for (const routes of ROOT) await routes(app, server);
  await app.register(
    async (scope) => {
      const api = scope.withTypeProvider<ZodTypeProvider>();
      for (const routes of API) await routes(api, server);
    },
    { prefix: "/v1" },
  );
};
