/**
 * Tests whole operations on a real Solana node with the venues' real programs: `npm run real-node`. It prints a row for each
 * operation: landed legs, signed versions, and the results of the receipt's check and of the recovery.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, createSolanaRpc, lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { Operation, Wallet } from "../../src/engine/ports.ts";
import { type LaunchVenue, launchToken } from "../../src/localnet/launch/index.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { previewSweep, startSweep } from "../../src/services/sweep-wallets.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { testDatabase } from "../support/postgres.ts";
import { programs } from "../support/programs.ts";
import { describeWithNode, type RealNode, startRealNode } from "../support/real-node.ts";
import { startWorkerProcess } from "../support/worker-process.ts";

const SOL = 1_000_000_000n;
const LEGS = 10;

type Mode = "standard" | "prefunded";
type Row = {
  venue: string;
  mode: string;
  landed: string;
  versions: string;
  verified: string;
  recovered: string;
};

const rows: Row[] = [];
const folder = programs();

/** Opens a system on the node: journal, user, and wallets with SOL. */
async function openNode(node: RealNode, mode: Mode) {
  const home = await mkdtemp(join(tmpdir(), "cto-real-"));
  const database = await testDatabase();
  const env = {
    CTO_HOME: home,
    DATABASE_URL: database.connectionString,
    SOLANA_RPC_URL: node.rpcUrl,
    SOLANA_WS_URL: node.wsUrl,
    ENCRYPTION_SECRET: randomBytes(32).toString("base64"),
    JUPITER_URL: "http://127.0.0.1:9", // Nothing listens there: the tests use the venues directly.
    CTO_LOG: "silent",
  };
  const context = await openContext(readConfig(env));
  const userId = "alice";
  await context.journal.addUser({ id: userId });
  // A real node does not count as our localnet, even on this machine. Limits are therefore required; we set unlimited ones.
  const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
  await context.journal.writeLimits(null, none);
  const [funding] = await generateWallets(context, userId, 1, { role: "funding" });
  const buyers = await generateWallets(context, userId, LEGS, { role: "buyer" });
  if (funding === undefined) throw new Error("no funding wallet");
  await node.fund(funding.address, lamports(20n * SOL));
  if (mode === "prefunded") await Promise.all(buyers.map(({ address }) => node.fund(address, lamports(SOL))));
  const close = async (): Promise<void> => {
    await context.close();
    await database.drop();
    await rm(home, { recursive: true, force: true });
  };
  return { env, context, userId, funding, buyers, close };
}

/**
 * A CPMM pool needs a second source for its price. This node has no aggregator, so the caller's own cap replaces that
 * source.
 */
const CAPPED = { maxPrice: "0.01" };

const jobOf = (userId: string, tokenAddress: Address, mode: Mode) =>
  buildJob({ userId, tokenAddress, buyAmount: 1, mode });

const ended = async ({ journal }: CTOContext, jobId: string): Promise<Operation> => {
  let operation = await journal.readOperation(jobId);
  await expect
    .poll(
      async () => {
        operation = await journal.readOperation(jobId);
        return operation?.status;
      },
      { timeout: 300_000 },
    )
    .toMatch(/completed|failed|cancelled|needs_review/);
  if (operation === null) throw new Error(`${jobId} does not exist`);
  return operation;
};

/** Checks each leg on the chain alone: its memo occurs once, in a transaction that succeeded. */
async function checked(node: RealNode, context: CTOContext, jobId: string): Promise<string> {
  const reader = createChainReader(node.rpcUrl);
  const receipt = await loadReceipt(context, jobId, reader);
  const { ok, memosVerified, problems } = await verifyReceipt(receipt, reader);
  expect({ ok, problems }).toEqual({ ok: true, problems: [] });
  return `${memosVerified} memos`;
}

async function rowOf(node: RealNode, context: CTOContext, jobId: string, of: Pick<Row, "venue" | "mode">) {
  const steps = await context.journal.readSteps(jobId);
  const buys = steps.filter(({ kind }) => kind === "buy");
  const landed = buys.filter(({ status }) => status === "confirmed" || status === "finalized").length;
  const versions = new Set(steps.flatMap(({ attempts }) => attempts.map((one) => one.messageVersion)));
  const verified = await checked(node, context, jobId);
  const { state, failure } = await recover(context, jobId, { waitMs: 240_000 });
  expect({ landed, state, failure }).toEqual({ landed: LEGS, state: "done", failure: undefined });
  rows.push({
    ...of,
    landed: `${landed} of ${LEGS}`,
    versions: [...versions].join(),
    verified,
    recovered: state,
  });
}

const balance = async (node: RealNode, { address }: Wallet): Promise<bigint> =>
  (await createSolanaRpc(node.rpcUrl).getBalance(address, { commitment: "confirmed" }).send()).value;

await describeWithNode("operations of ten legs on a real node", (binary) => {
  if (folder === null) {
    console.warn("skipped: operations on a real node (no program binaries; see cto programs fetch)");
    it.skip("needs the program binaries", () => undefined);
    return;
  }
  let node: RealNode;

  beforeAll(async () => {
    node = await startRealNode(binary, folder);
  });
  afterAll(async () => {
    console.table(rows);
    await node?.close();
  });

  it.each<[LaunchVenue, "token" | "token-2022", Mode]>([
    ["cpmm", "token", "standard"],
    ["cpmm", "token-2022", "prefunded"],
    ["pumpfun", "token-2022", "standard"],
    ["pumpfun", "token", "prefunded"],
  ])("land on %s for a %s mint in %s mode, and are read back", async (venue, kind, mode) => {
    const opened = await openNode(node, mode);
    const { context, userId } = opened;
    const mint = await launchToken(node.rpcUrl, venue, kind);
    const worker = await createCTOWorker({ context });
    try {
      const { jobId } = await enqueue(context, jobOf(userId, mint, mode), 0, CAPPED);
      expect((await ended(context, jobId)).failure).toBeUndefined();
      await rowOf(node, context, jobId, { venue: `${venue} ${kind}`, mode });
    } finally {
      await worker.close();
      await opened.close();
    }
  });

  describe("whose worker is killed in the middle", () => {
    it("go on in another worker, each leg once; a sweep then returns all that the buyers hold", async () => {
      const opened = await openNode(node, "prefunded");
      const { context, userId, env, buyers, funding } = opened;
      const mint = await launchToken(node.rpcUrl, "cpmm", "token");
      const first = await startWorkerProcess(env);
      const { jobId } = await enqueue(context, jobOf(userId, mint, "prefunded"), 0, {
        ...CAPPED,
        parallelism: 2,
      });
      const inFlight = async () =>
        (await context.journal.readSteps(jobId)).filter(({ attempts }) => attempts.length > 0).length;
      await expect.poll(inFlight, { interval: 20 }).toBeGreaterThan(2);
      await first.kill("SIGKILL");
      expect(await inFlight()).toBeLessThan(LEGS);
      const second = await startWorkerProcess(env);
      try {
        expect((await ended(context, jobId)).failure).toBeUndefined();
        await rowOf(node, context, jobId, { venue: "cpmm token", mode: "prefunded, killed" });

        const held = await balance(node, funding);
        const sweep = await withChainPorts(context, async (ports) => {
          const { totalLamports } = await previewSweep(context, ports, userId);
          return { id: await startSweep(context, ports, userId, totalLamports), totalLamports };
        });
        expect(await ended(context, sweep.id)).toMatchObject({ status: "completed", partial: false });
        for (const buyer of buyers) expect(await balance(node, buyer)).toBe(0n);
        const returned = (await balance(node, funding)) - held;
        expect(returned).toBeLessThan(sweep.totalLamports);
        expect(returned).toBeGreaterThan(sweep.totalLamports - SOL / 100n);
      } finally {
        await second.kill("SIGTERM");
        await opened.close();
      }
    });
  });
});
