/** Serves `/metrics` for Prometheus: this process's counters, and the current state of the queue and the journal. */
import type { OperationFilter } from "../../engine/ports.ts";
import { openClusterClient } from "../../runtime/cluster-client.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { whySigningWaits } from "../../services/signing-waits.ts";
import type { Access } from "../auth/access.ts";
import type { Routes, ServerApp, ServerContext } from "../server-context.ts";

/** The most operations per read. A gauge with this value means "at least". */
const OPERATIONS_PER_LOOK = 1_000;
const USERS_PER_LOOK = 1_000;
/** The shortest time between two reads of the balances, ms. */
const BALANCES_EVERY_MS = 60_000;
/** A funding wallet with less counts as low: the rents and fees of about twenty buyers, lamports. */
const LOW_LAMPORTS = 50_000_000n;

const OPEN = ["waiting", "active", "needs_review"] as const;
const OPEN_RECOVERIES = ["requested", "needs_review"] as const;

/** Counts the operations of each state, with one read per state. */
async function countEach<State extends string>(
  states: readonly State[],
  { journal }: CTOContext,
  filterOf: (state: State) => Omit<OperationFilter, "limit">,
): Promise<Record<string, number>> {
  const counts = states.map(async (state) => {
    const found = await journal.listOperations({ ...filterOf(state), limit: OPERATIONS_PER_LOOK });
    return [state, found.length] as const;
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

/** Caches the last answer for `ms`. A failure is not cached. */
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

/**
 * Registers the gauges, which are read at each scrape, and measures requests. Must be called before the routes are
 * registered.
 */
export function measureServer(app: ServerApp, { context, metrics }: ServerContext): void {
  const { queue } = context;
  metrics.gauge("cto_queue_jobs", "Users' wake-ups in the queue, by BullMQ's states", "state", () =>
    queue.counts(),
  );
  metrics.gauge("cto_operations_open", "Operations that have not ended, up to 1,000 each", "status", () =>
    countEach(OPEN, context, (status) => ({ statuses: [status] })),
  );
  metrics.gauge("cto_recoveries_open", "Recoveries that have not ended, up to 1,000 each", "state", () =>
    countEach(OPEN_RECOVERIES, context, (recovery) => ({ recovery })),
  );
  // The label keeps a failed read apart from 0: a gauge without labels would then say that nothing is halted.
  metrics.gauge(
    "cto_halted",
    "1 while a halt stops every new signature, or while workers sign nothing because the journal's age is unknown",
    "scope",
    async () => ({
      everything: (await context.journal.readHalt()) === null ? 0 : 1,
      age_unknown: (await whySigningWaits(context)) === null ? 0 : 1,
    }),
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
    const route = routeOptions.url ?? "none"; // The route's template, such as `/v1/wallets/:id`, so that no id becomes a label.
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
