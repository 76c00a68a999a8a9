/**
 * Opens the resources of a sweep: a localnet of each kind with its desk, the database servers, and one Redis for each
 * lane.
 */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type Lamports, lamports } from "@solana/kit";
import { readConfig } from "../src/config.ts";
import type { Wallet } from "../src/engine/ports.ts";
import { type Desk, startDesk } from "../src/localnet/desk/index.ts";
import { type Localnet, MACHINES, type MachineName, startLocalnet } from "../src/localnet/index.ts";
import { writeLocalnetAddress } from "../src/runtime/cluster-address.ts";
import { type CTOContext, openContext } from "../src/runtime/context.ts";
import { generateWallets } from "../src/services/wallets.ts";
import { startRedisServer } from "../test/support/redis.ts";
import { drawParty, type Party } from "./call-party.ts";
import type { Backend, JournalKind, Subject } from "./cases.ts";
import { Gate } from "./gate.ts";
import { bundleWorker, Processes } from "./processes.ts";
import { type Database, type DatabaseServer, startMongo, startPostgres } from "./servers.ts";

const SOL = 1_000_000_000n;
const LEGS = 3;
export const BUY_SOL = 0.3;

/** The number of lanes per restartable server. About one run in ten restarts its server, and such runs are slow. */
const LANES_PER_FRAGILE = 3;

/** A lane carries out one run at a time. It has its own Redis, so that a run may flush it. */
export type Lane = { readonly redisUrl: string | null };

/** One cluster, with its desk and a token. */
export type Ground = {
  readonly localnet: Localnet;
  readonly desk: Desk;
  readonly mint: Address;
  /** The folder with the localnet's address. The workers read it. */
  readonly home: string;
};

export type World = {
  /** Returns the cluster of a run. Those of calls are slower, and open with the first call. */
  groundOf(setting: { readonly cluster: MachineName; readonly mode: Subject }): Promise<Ground>;
  readonly processes: Processes;
  readonly lanes: readonly Lane[];
  /** Waits for a server that one run may restart. The run returns it with `release`. */
  restartable(): Promise<{ server: DatabaseServer; release(): void }>;
  readonly steady: DatabaseServer;
  close(): Promise<void>;
};

export type WorldOptions = {
  readonly lanes: number;
  readonly redis: boolean;
  readonly journal: JournalKind;
};

const SLOT_MS = 25;
/** Members sign within 60 % of a blockhash's life: 9 seconds, in which another worker can take over. */
const SLOT_OF_CALLS_MS = 100;

async function openGround(name: MachineName, home: string, slotMs = SLOT_MS): Promise<Ground> {
  await mkdir(home, { recursive: true });
  const localnet = await startLocalnet({ ...MACHINES[name], slotMs, forkable: true });
  const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
  const { rpcUrl, wsUrl } = localnet;
  const { genesisHash } = localnet.cluster.ledger;
  // We accept firm quotes only from the desk of a localnet that we know by its genesis hash.
  const address = { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl: desk.url };
  await writeLocalnetAddress(readConfig({ CTO_HOME: home }), address);
  const mint = await desk.createToken({
    decimals: 6,
    supply: 1_000_000_000_000_000n,
    lamportsReserve: 100_000n * SOL,
  });
  return { localnet, desk, mint, home };
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), "cto-crash-"));
  const startServer = async (name: string): Promise<DatabaseServer> => {
    const postgres = await startPostgres(join(home, name));
    return options.journal === "mongo" ? startMongo(postgres) : postgres;
  };
  const [file, steady, fragile, today, tower, redis] = await Promise.all([
    bundleWorker(),
    startServer("steady"),
    Promise.all(
      Array.from({ length: Math.ceil(options.lanes / LANES_PER_FRAGILE) }, (_, index) =>
        startServer(`restarted-${index}`),
      ),
    ),
    openGround("today", join(home, "today")),
    openGround("tower", join(home, "tower")),
    Promise.all(Array.from({ length: options.lanes }, () => (options.redis ? startRedisServer() : null))),
  ]);
  const processes = new Processes(file, options.lanes);
  const grounds = { today, tower };
  const slow: Partial<Record<MachineName, Promise<Ground>>> = {};
  const free = [...fragile];
  const waiting: ((server: DatabaseServer) => void)[] = [];
  return {
    async groundOf({ cluster, mode }) {
      if (mode !== "call") return grounds[cluster];
      slow[cluster] ??= openGround(cluster, join(home, `${cluster}-calls`), SLOT_OF_CALLS_MS);
      return slow[cluster];
    },
    processes,
    lanes: redis.map((server) => ({ redisUrl: server?.url ?? null })),
    async restartable() {
      const server = free.pop() ?? (await new Promise<DatabaseServer>((resolve) => waiting.push(resolve)));
      const release = (): void => {
        const next = waiting.shift();
        if (next === undefined) free.push(server);
        else next(server);
      };
      return { server, release };
    },
    steady,
    async close() {
      await processes.close();
      for (const { desk, localnet } of [today, tower, ...(await Promise.all(Object.values(slow)))]) {
        await desk.close();
        await localnet.close();
      }
      await Promise.all([
        steady.close(),
        ...fragile.map((server) => server.close()),
        ...redis.map((server) => server?.stop()),
      ]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The resources of one run. */
export type Scene = {
  readonly ground: Ground;
  readonly env: Readonly<Record<string, string>>;
  readonly context: CTOContext;
  readonly database: Database;
  readonly redis: { readonly url: string; readonly prefix: string } | null;
  readonly gate: Gate;
  readonly userId: string;
  readonly wallets: readonly Address[];
  /** The caller and the members of a call; null for other subjects. */
  readonly party: Party | null;
  close(): Promise<void>;
};

export type SceneOptions = {
  readonly cluster: MachineName;
  readonly backend: Backend;
  readonly mode: Subject;
  readonly server: DatabaseServer;
  readonly endpoints: 1 | 2;
};

type Wallets = { readonly payers: readonly Address[]; readonly wallets: readonly Address[] };

async function makeWallets(context: CTOContext, userId: string, mode: Subject): Promise<Wallets> {
  const funding = mode !== "prefunded" ? await generateWallets(context, userId, 1, { role: "funding" }) : [];
  const buyers = await generateWallets(context, userId, LEGS, { role: "buyer" });
  const addresses = (some: readonly Wallet[]): Address[] => some.map(({ address }) => address);
  const payers = addresses(mode !== "prefunded" ? funding : buyers);
  return { payers, wallets: addresses([...funding, ...buyers]) };
}

/** The caller pays for its memo, and is no wallet of the run: its memo is no purchase. */
const membersOf = ({ caller, members }: Party): Wallets => {
  const wallets = members.map(({ address }) => address);
  return { payers: [caller.address, ...wallets], wallets };
};

/** Opens the resources of one run: a new database and queue prefix, a user with new wallets, and RPC endpoints. */
export async function openScene(world: World, lane: Lane, options: SceneOptions): Promise<Scene> {
  const ground = await world.groundOf(options);
  const { localnet, desk } = ground;
  const [database, gate] = await Promise.all([
    options.server.create(),
    Gate.open(localnet.cluster, options.endpoints),
  ]);
  const { genesisHash } = localnet.cluster.ledger;
  const party = options.mode === "call" ? drawParty(genesisHash, ground.mint) : null;
  const prefix = `crash-${randomUUID()}`;
  const redis = options.backend === "redis" && lane.redisUrl !== null ? { url: lane.redisUrl, prefix } : null;
  const env: Record<string, string> = {
    CTO_HOME: ground.home,
    CTO_LOG: process.env.CTO_LOG ?? "silent",
    ...database.env,
    SOLANA_RPC_URL: gate.urls.join(","),
    SOLANA_WS_URL: localnet.wsUrl,
    CTO_RPC_REQUESTS_PER_SECOND: "1000",
    JUPITER_URL: desk.url,
    JUPITER_REQUESTS_PER_SECOND: "500",
    ENCRYPTION_SECRET: "a secret for the crash sweep only",
    ...(redis ? { REDIS_URL: redis.url, CTO_REDIS_PREFIX: prefix } : {}),
    ...(party === null ? {} : { CTO_CALLERS: party.caller.address }),
  };
  const context = await openContext(readConfig(env));
  const userId = "alice";
  await context.journal.addUser({ id: userId });
  // While a gate does not answer, a process cannot prove that this is a localnet, and then requires limits. We set
  // unlimited ones.
  const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
  await context.journal.writeLimits(null, none);
  const { payers, wallets } =
    party === null ? await makeWallets(context, userId, options.mode) : membersOf(party);
  for (const address of payers) localnet.cluster.setBalance(address, lamports(2n * SOL) as Lamports);
  return {
    ground,
    env,
    context,
    database,
    redis,
    gate,
    userId,
    wallets,
    party,
    async close() {
      await context.close();
      await gate.close();
      await database.drop();
    },
  };
}
