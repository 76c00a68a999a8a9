/** Tests a worker whose event loop is busy while another worker waits: it keeps its lease, and completes its operation. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { enqueue } from "../../src/services/operations.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const LEGS = 8;
/** Three times the production value, so that a slow machine does not decide. */
const TAKEOVER_MS = 9_000;
/** The lease survives a block of up to 2/3 of it: two more seconds. */
const BLOCK_MS = 4_000;
/** With the other worker running. */
const BLOCKS = 1;

let stage: Stage;
let workers: WorkerProcess[] = [];

afterEach(async () => {
  for (const worker of workers) await worker.kill("SIGKILL");
  workers = [];
  await stage.close();
});

const start = async (): Promise<WorkerProcess> => {
  const times = { TAKEOVER_MS: String(TAKEOVER_MS), BLOCK_MS: String(BLOCK_MS) };
  const worker = await startWorkerProcess({ ...stage.env, ...times });
  workers.push(worker);
  return worker;
};

describe("a worker whose event loop stands still for half of its lease", () => {
  it("keeps its lease though another worker wants it", async () => {
    stage = await openStage({ buyers: LEGS });
    const { context, mint, userId, localnet } = stage;
    const busy = await start();
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.1 });
    const { jobId } = await enqueue(context, job, 0, { parallelism: 1 });
    await expect.poll(() => landings(localnet.cluster, jobId).size, { interval: 20 }).toBeGreaterThan(0);
    let isWanted = false;
    let blocks = 0;
    // The first blocks are over before the other worker runs; it sees a whole one, whatever time its start takes.
    const block = (): void => {
      if (blocks === BLOCKS) return;
      if (isWanted) blocks += 1;
      busy.process.kill("SIGUSR2");
    };
    busy.process.stdout?.on("data", block);
    block();
    await start();
    isWanted = true;

    const client = new pg.Client(context.databaseUrl ?? "");
    await client.connect();
    const owners = new Set<string>();
    for (;;) {
      const { rows } = await client.query("select owner from cto.leases where user_id = $1", [userId]);
      // Read after the lease: an operation that has not ended now had not released it then.
      const operation = await context.journal.readOperation(jobId);
      if (operation?.status !== "active") break;
      owners.add(String(rows[0]?.owner));
      await sleep(20);
    }
    await client.end();
    expect(blocks).toBe(BLOCKS);
    expect(owners.size).toBe(1);
    expect((await stage.ended(jobId)).status).toBe("completed");
    expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
  });
});
