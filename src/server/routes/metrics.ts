/** `/metrics` for Prometheus: what this process counted, and how the queue and the journal stand at the moment. */
import { openClusterClient } from "../../runtime/cluster-client.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { Access } from "../auth/access.ts";
import type { Routes, ServerApp, ServerContext } from "../server-context.ts";

/** Bounds one look; a gauge that shows this many says "at least". */
const OPERATIONS_PER_LOOK = 1_000;
const USERS_PER_LOOK = 1_000;
/** Balances are asked for no more often, ms. */
const BALANCES_EVERY_MS = 60_000;
/** A funding wallet below this is low: about twenty buyers' rents and fees. */
const LOW_LAMPORTS = 50_000_000n;

const OPEN = ["waiting", "active", "needs_review"] as const;

async function countOperations({ journal }: CTOContext): Promise<Record<string, number>> {
  const counts = OPEN.map(async (status) => {
    const found = await journal.listOperations({ statuses: [status], limit: OPERATIONS_PER_LOOK });
    return [status, found.length] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

async function countLowWallets({ config, journal }: CTOContext): Promise<Record<string, number>> {
  const users = (await journal.listUsers()).slice(0, USERS_PER_LOOK);
  const funding = [];
  for (const { id } of users) {
    const wallets = await journal.listWallets(id);
    funding.push(...wallets.filter(({ role }) => role === "funding").map(({ address }) => address));
  }
  const balances = await (await openClusterClient(config)).balances(funding);
  const low = funding.filter((address) => (balances.get(address) ?? 0n) < LOW_LAMPORTS).length;
  return { low, enough: funding.length - low };
}

/** The last answer again until it is old. A failure is not kept. */
function atMostEvery<Value>(ms: number, look: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined;
  return () => {
    const now = performance.now();
    if (last !== undefined && now - last.at < ms) return last.value;
    const value = look();
    last = { at: now, value };
    value.catch(() => {
      last = undefined;
    });
    return value;
  };
}

/** Registers what is looked up at each scrape, and counts requests. Must come before the routes. */
export function measureServer(app: ServerApp, { context, metrics }: ServerContext): void {
  const { queue } = context;
  metrics.gauge("cto_queue_jobs", "Users' wake-ups in the queue, by BullMQ's states", "state", () =>
    queue.counts(),
  );
  metrics.gauge("cto_operations_open", "Operations that have not ended, up to 1,000 each", "status", () =>
    countOperations(context),
  );
  metrics.gauge(
    "cto_funding_wallets",
    "Funding wallets by whether they hold 0.05 SOL; looked up once a minute",
    "balance",
    atMostEvery(BALANCES_EVERY_MS, () => countLowWallets(context)),
  );
  metrics.gauge("cto_socket_clients", "Connected Socket.IO clients", "server", async () => ({
    this: app.socketClients(),
  }));
  metrics.gauge("cto_feeds", "Operations whose events are being read for listeners", "server", async () => ({
    this: context.feeds.size,
  }));
  app.addHook("onResponse", async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? "none"; // The template, with `:id`: no id ever gets into a label.
    metrics.httpSeconds.observe(
      { method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
  });
}

export const metricsRoutes: Routes = (app, { context, metrics: { registry } }) => {
  const isPublic = context.config.CTO_METRICS_PUBLIC === "1";
  const access: Access = isPublic ? "public" : { scope: "read", owner: "global" };
  app.get("/metrics", { config: { access }, schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics());
  });
};
