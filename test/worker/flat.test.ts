/**
 * Tests that a worker keeps nothing of operations that have ended: after the first third of them and after all it has
 * the same listeners, signals and live heap. `npm run bench -- memory` measures the same over 1,600.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { lamports } from "@solana/kit";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Memory } from "../../bench/worker.child.ts";
import { enqueue } from "../../src/services/operations.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

const CHILD = fileURLToPath(new URL("../../bench/worker.child.ts", import.meta.url));
/** Operations of one user run in turn, those of several side by side. */
const AT_ONCE = 16;
const USERS = Array.from({ length: AT_ONCE }, (_, at) => `user-${at}`);
const FEW = 32;
const MORE = 64;
const SOL = 1_000_000_000n;

let stage: Stage;
let database: Client;
beforeAll(async () => {
  stage = await openStage({ buyers: 1 });
  database = new Client({ connectionString: stage.env.DATABASE_URL });
  await database.connect();
  const { context, localnet } = stage;
  for (const id of USERS) {
    await context.journal.addUser({ id });
    const wallets = [
      ...(await generateWallets(context, id, 1, { role: "funding" })),
      ...(await generateWallets(context, id, 1, { role: "buyer" })),
    ];
    for (const { address } of wallets) localnet.cluster.airdrop(address, lamports(100n * SOL));
  }
}, 60_000);
afterAll(async () => {
  await database.end();
  await stage.close();
});

const completed = async (): Promise<number> => {
  const sql = "select count(*)::int as found from cto.operations where status = 'completed' and settled";
  return (await database.query<{ found: number }>(sql)).rows[0]?.found ?? 0;
};

/** Runs so many operations of one leg, and waits until nothing of them is left to do. */
async function finish(count: number): Promise<void> {
  const { context, mint } = stage;
  const before = await completed();
  for (let at = 0; at < count; at += 1) {
    const userId = USERS[at % USERS.length] ?? "";
    await enqueue(context, buildJob({ userId, tokenAddress: mint, buyAmount: "0.01" }), 0, {});
  }
  await expect.poll(completed, { timeout: 240_000, interval: 200 }).toBe(before + count);
}

test("a worker's listeners, signals and heap are flat over a hundred operations", async () => {
  const child = fork(CHILD, [], {
    env: {
      PATH: process.env.PATH ?? "",
      ...stage.env,
      CTO_CONCURRENCY: String(AT_ONCE),
      CTO_RPC_REQUESTS_PER_SECOND: "10000",
    },
    execArgv: ["--expose-gc", "--import", "tsx"],
  });
  const ask = async (): Promise<Memory> => {
    child.send("memory");
    return (await once(child, "message"))[0] as Memory;
  };
  /** Asks until no timer of the ended operations lets go of anything any more. What is left for good stays. */
  const used = async (): Promise<Memory> => {
    for (let before = await ask(); ; ) {
      await sleep(1_500);
      const now = await ask();
      if (now.listeners >= before.listeners && now.signals >= before.signals) return now;
      before = now;
    }
  };
  try {
    await once(child, "message");
    await finish(FEW);
    const early = await used();
    await finish(MORE);
    const late = await used();
    // For each operation, p-queue 8 with one signal for all left fourteen listeners and 37 kB.
    expect(late.listeners - early.listeners).toBeLessThan(10);
    expect(late.signals - early.signals).toBeLessThan(10);
    expect((late.heapBytes - early.heapBytes) / MORE).toBeLessThan(18_000);
    expect(late.warnings).toBe(0);
  } finally {
    child.send("close");
    await once(child, "exit");
  }
}, 600_000);
