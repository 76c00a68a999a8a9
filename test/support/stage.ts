/** Opens a whole system for one test: localnet, desk, journal and queue, with a user, wallets and a token to buy. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, lamports } from "@solana/kit";
import { type Config, readConfig } from "../../src/config.ts";
import type { CTOJobStatus } from "../../src/contract/types.ts";
import type { Wallet } from "../../src/engine/ports.ts";
import { type Desk, startDesk } from "../../src/localnet/desk/index.ts";
import {
  type Localnet,
  type LocalnetOptions,
  MACHINES,
  type MachineName,
  startLocalnet,
} from "../../src/localnet/index.ts";
import { nameToken, type TokenName } from "../../src/localnet/token-name.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { readStatus } from "../../src/services/operations.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { type TestMongo, testMongoDatabase } from "./mongo.ts";
import { testDatabase } from "./postgres.ts";

const SOL = 1_000_000_000n;

export type Stage = {
  readonly config: Config;
  readonly env: Record<string, string>;
  readonly context: CTOContext;
  readonly localnet: Localnet;
  readonly desk: Desk;
  readonly userId: string;
  readonly buyers: readonly Wallet[];
  readonly funding: Wallet;
  readonly mint: Address;
  /** Waits until the operation has ended. */
  ended(jobId: string): Promise<Ended>;
  close(): Promise<void>;
};

export type Ended = Exclude<CTOJobStatus, { status: "not_found" }>;

export type StageOptions = {
  readonly buyers?: number;
  /** SOL in each buyer wallet. Default 5. */
  readonly buyerSol?: bigint;
  /** SOL in the funding wallet. Default 100. */
  readonly fundingSol?: bigint;
  readonly redisUrl?: string;
  /** The sentinels' addresses. If set, the host in `redisUrl` is the primary's name. */
  readonly redisSentinels?: string;
  /** If set, the journal is there instead of in PostgreSQL. */
  readonly mongo?: TestMongo;
  /** A PostgreSQL database that the caller provides and drops. Default: one of the run's server. */
  readonly databaseUrl?: string;
  /** The machine of the cluster. Default: today's Solana. */
  readonly cluster?: MachineName;
  /** Options that differ from that machine. The default slots are short. */
  readonly localnet?: LocalnetOptions;
  /** The token's name. Default: none. */
  readonly tokenName?: TokenName;
};

/**
 * Opens the system. Its configuration contains only the options given here, because this process's environment must not
 * affect a test.
 */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const home = await mkdtemp(join(tmpdir(), "cto-stage-"));
  const { databaseUrl } = options;
  const database =
    databaseUrl === undefined
      ? await testDatabase()
      : { connectionString: databaseUrl, drop: async () => undefined };
  const mongo = options.mongo && testMongoDatabase(options.mongo);
  const localnet = await startLocalnet({
    ...(options.cluster ? MACHINES[options.cluster] : {}),
    slotMs: 40,
    ...options.localnet,
  });
  const desk = await startDesk({
    rpcUrl: localnet.rpcUrl,
    nameToken: (mint, name) => nameToken(localnet.cluster, mint, name),
  });
  const env: Record<string, string> = {
    CTO_HOME: home,
    DATABASE_URL: database.connectionString,
    CTO_LOG: "silent",
    ...(mongo
      ? { MONGODB_URI: mongo.uri, MONGODB_ALLOW_STANDALONE: options.mongo?.allowStandalone ? "1" : "0" }
      : {}),
    ...(options.redisSentinels ? { REDIS_SENTINELS: options.redisSentinels } : {}),
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl, CTO_REDIS_PREFIX: `test-${randomUUID()}` } : {}),
  };
  const config = readConfig(env);
  const { rpcUrl, wsUrl } = localnet;
  const { genesisHash } = localnet.cluster.ledger;
  await writeLocalnetAddress(config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl: desk.url });
  const context = await openContext(config);
  const userId = "alice";
  await context.journal.addUser({ id: userId });
  const [funding] = await generateWallets(context, userId, 1, { role: "funding" });
  if (funding === undefined) throw new Error("no funding wallet");
  const buyers = await generateWallets(context, userId, options.buyers ?? 3, { role: "buyer" });
  const give = (address: Address, sol: bigint): void => {
    if (sol > 0n) localnet.cluster.airdrop(address, lamports(sol * SOL));
  };
  give(funding.address, options.fundingSol ?? 100n);
  for (const { address } of buyers) give(address, options.buyerSol ?? 5n);
  const mint = await desk.createToken({
    decimals: 6,
    supply: 1_000_000_000_000_000n,
    lamportsReserve: 1_000n * SOL,
    ...options.tokenName,
  });
  return {
    config,
    env,
    context,
    localnet,
    desk,
    userId,
    buyers,
    funding,
    mint,
    async ended(jobId) {
      for (;;) {
        // We read only the journal. For an operation under way, `readStatus` also reads the queue, which a test may break.
        const operation = await context.journal.readOperation(jobId);
        if (operation === null) throw new Error(`${jobId} does not exist`);
        if (operation.status !== "waiting" && operation.status !== "active") break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const status = await readStatus(context, jobId);
      if (status.status === "not_found") throw new Error(`${jobId} is gone`);
      return status;
    },
    async close() {
      await context.close();
      await desk.close();
      await localnet.close();
      await mongo?.drop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
