/** Opens a whole system for the bench: a localnet in its own process, a journal, a queue, users and their wallets. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@solana/kit";
import { forEachLimited } from "../src/base/parallel.ts";
import { readConfig } from "../src/config.ts";
import type { Operation, Wallet } from "../src/engine/ports.ts";
import type { PostgresJournal } from "../src/journal/postgres/index.ts";
import type { MachineName } from "../src/localnet/index.ts";
import { writeLocalnetAddress } from "../src/runtime/cluster-address.ts";
import { type CTOContext, openContext } from "../src/runtime/context.ts";
import { enqueue } from "../src/services/operations.ts";
import { generateWallets } from "../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../src/worker/cto-worker.ts";
import { startRedisServer } from "../test/support/redis.ts";
import { type BenchCluster, startCluster } from "./cluster.ts";

export type System = {
  readonly context: CTOContext;
  readonly cluster: BenchCluster;
  readonly env: Readonly<Record<string, string>>;
  readonly journal: PostgresJournal;
  close(): Promise<void>;
};

export type SystemOptions = {
  readonly machine?: MachineName;
  /** The latency of each RPC call, ms. */
  readonly latencyMs?: number;
  /** If true, the queue uses its own Redis; otherwise it uses PostgreSQL. */
  readonly redis?: boolean;
  readonly env?: Readonly<Record<string, string>>;
};

export async function openSystem({
  machine = "today",
  latencyMs = 0,
  redis = false,
  env: more = {},
}: SystemOptions = {}): Promise<System> {
  const home = await mkdtemp(join(tmpdir(), "cto-bench-"));
  const server = redis ? await startRedisServer() : null;
  if (redis && server === null) throw new Error("there is no redis-server on the PATH");
  const env = {
    CTO_HOME: home,
    CTO_LOG: "silent",
    CTO_RPC_REQUESTS_PER_SECOND: "10000",
    ...(server ? { REDIS_URL: server.url } : {}),
    ...more,
  };
  const config = readConfig(env);
  const cluster = await startCluster(machine, latencyMs);
  await writeLocalnetAddress(config, await cluster.where());
  const context = await openContext(config);
  return {
    context,
    cluster,
    env,
    journal: context.journal as PostgresJournal,
    async close() {
      await context.close();
      cluster.close();
      await server?.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** More than two slots of the slower machine. After this time the airdrops are confirmed, so that reads return them. */
const UNTIL_CONFIRMED_MS = 1_000;

/** Adds a user with funded wallets. */
export async function addUser(
  { context, cluster }: Pick<System, "context" | "cluster">,
  id: string,
  buyers: number,
): Promise<readonly Wallet[]> {
  await context.journal.addUser({ id });
  const funding = await generateWallets(context, id, 1, { role: "funding" });
  const wallets = await generateWallets(context, id, buyers, { role: "buyer" });
  await cluster.airdrop([...funding, ...wallets].map(({ address }) => address));
  await sleep(UNTIL_CONFIRMED_MS);
  return wallets;
}

/** Each user's wallets are audited one after the other, on a connection of the pool. */
const USERS_AT_ONCE = 4;

export const addUsers = (
  system: Pick<System, "context" | "cluster">,
  ids: readonly string[],
  buyers: number,
): Promise<void> =>
  forEachLimited(ids, USERS_AT_ONCE, async (id) => {
    await addUser(system, id, buyers);
  });

export const jobFor = (
  userId: string,
  tokenAddress: Address,
  legs: number,
  mode: "standard" | "prefunded" = "prefunded",
  solPerLeg = 0.01,
) => ({ userId, userChatId: 1, tokenAddress, buyAmount: legs * solPerLeg, mode, platform: "auto" as const });

/** A row fails if an operation takes longer. */
const RESULT_MS = 120_000;

export type Run = {
  readonly operation: Operation;
  /** Until the last leg's landing was published. */
  readonly landedMs: number;
  /** Until the result was in the journal. */
  readonly ms: number;
};

/**
 * Starts a worker, and returns a function that runs one operation and measures the time until its result is in the
 * journal.
 */
export async function startRunner({ context }: Pick<System, "context">): Promise<{
  readonly worker: CTOWorker;
  run(job: ReturnType<typeof jobFor>, legs: number): Promise<Run>;
}> {
  const waiting = new Map<string, () => void>();
  const ended = new Set<string>();
  const landed = new Map<string, number>();
  const worker = await createCTOWorker({
    context,
    wrapPorts: (ports) => ({
      ...ports,
      events: {
        notify(id, event) {
          ports.events.notify(id, event);
          if (event.type === "leg" && (event.status === "confirmed" || event.status === "finalized"))
            landed.set(id, performance.now());
          if (event.type !== "result") return;
          ended.add(id);
          waiting.get(id)?.();
        },
      },
    }),
  });
  const resultOf = (jobId: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(reject, RESULT_MS, new Error(`${jobId} has no result after ${RESULT_MS} ms`));
      waiting.set(jobId, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    worker,
    async run(job, legs) {
      const began = performance.now();
      const { jobId } = await enqueue(context, job, 0, { parallelism: Math.min(256, Math.max(1, legs)) });
      if (!ended.has(jobId)) await resultOf(jobId);
      const ms = performance.now() - began;
      const operation = await context.journal.readOperation(jobId);
      if (operation?.status !== "completed")
        throw new Error(`${jobId}: ${operation?.status}, ${operation?.failure?.message}`);
      return { operation, landedMs: (landed.get(jobId) ?? Number.NaN) - began, ms };
    },
  };
}
