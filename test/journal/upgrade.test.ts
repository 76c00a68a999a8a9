/**
 * Tests an upgrade in the middle of operations, on PostgreSQL and on MongoDB. A worker of commit 5f9f192 signed some
 * legs and is gone; this release migrates its database and continues. Each leg is bought once.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, lamports } from "@solana/kit";
import { MongoClient } from "mongodb";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { createMongoJournal } from "../../src/journal/mongo/index.ts";
import { SUPPORTED as MONGO_VERSION } from "../../src/journal/mongo/schema-version.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";
import { SUPPORTED } from "../../src/journal/postgres/migrations/index.ts";
import { startDesk } from "../../src/localnet/desk/index.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { testMongoDatabase } from "../support/mongo.ts";
import { buildOldRelease, type OldRelease, type RunningOld } from "../support/old-release.ts";
import { testDatabase } from "../support/postgres.ts";

const COMMIT = "5f9f19289386754cdd328d4c4e785f33a4aa8964";
const SOL = 1_000_000_000n;
const ONCE = new Map([1, 2, 3].map((leg) => [leg, 1]));
const mongo = inject("testMongo");

let old: OldRelease | null;
beforeAll(async () => {
  old = await buildOldRelease(COMMIT);
}, 120_000);
afterAll(() => old?.remove());

const walletsOf = z.array(z.object({ address: z.string() }));
const jobOf = z.object({ jobId: z.string() });

/**
 * Opens a cluster and an empty database, and a system of the old release on them: a user, wallets, and two
 * waiting operations.
 */
async function openOldSystem(release: OldRelease, onMongo: boolean) {
  const home = await mkdtemp(join(tmpdir(), "cto-upgrade-"));
  const database = await testDatabase({ migrated: false });
  const documents = onMongo && mongo !== null ? testMongoDatabase(mongo) : null;
  const localnet = await startLocalnet({ slotMs: 40 });
  const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
  const env: Record<string, string> = {
    CTO_HOME: home,
    DATABASE_URL: database.connectionString,
    CTO_LOG: "error",
    ...(documents
      ? { MONGODB_URI: documents.uri, MONGODB_ALLOW_STANDALONE: mongo?.allowStandalone ? "1" : "0" }
      : {}),
  };
  await writeLocalnetAddress(readConfig(env), {
    pid: process.pid,
    rpcUrl: localnet.rpcUrl,
    wsUrl: localnet.wsUrl,
    genesisHash: localnet.cluster.ledger.genesisHash,
    jupiterUrl: desk.url,
  });
  const mint = await desk.createToken({
    decimals: 6,
    supply: 1_000_000_000_000_000n,
    lamportsReserve: 1_000n * SOL,
  });
  await release.json(["users", "add", "alice"], env);
  const wallets = walletsOf.parse(await release.json(["wallets", "generate", "alice", "--count", "3"], env));
  for (const { address } of wallets) localnet.cluster.airdrop(address as Address, lamports(5n * SOL));
  const order = ["enqueue", "alice", mint, "0.3", "--mode", "prefunded"];
  const begun = jobOf.parse(await release.json(order, env)).jobId;
  const waiting = jobOf.parse(await release.json(order, env)).jobId;
  return {
    env,
    localnet,
    mint,
    begun,
    waiting,
    database,
    documents,
    async close() {
      await desk.close();
      await localnet.close();
      await documents?.drop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

type System = Awaited<ReturnType<typeof openOldSystem>>;

/** Drops leg 2's bytes. The other two legs land. */
function loseLegTwo({ localnet, begun }: System): () => boolean {
  let lost = false;
  localnet.faults.intercept = (method, params) => {
    if (method !== "sendTransaction") return undefined;
    if (!Buffer.from(String(params[0]), "base64").includes(`${begun}:buy:2/3`)) return undefined;
    lost = true;
    return { httpStatus: 503 };
  };
  return () => lost;
}

/** Runs a worker of the old release until it has signed all three legs and lost one. */
async function halfDone(release: OldRelease, system: System): Promise<RunningOld> {
  const lost = loseLegTwo(system);
  const worker = release.start(["worker"], system.env);
  await expect
    .poll(() => [lost(), landings(system.localnet.cluster, system.begun).size, worker.text().slice(-500)], {
      timeout: 60_000,
    })
    .toEqual([true, 2, expect.any(String)]);
  return worker;
}

const ended = async ({ journal }: CTOContext, id: string): Promise<string> => {
  await expect
    .poll(async () => (await journal.readOperation(id))?.status, { timeout: 60_000 })
    .toBe("completed");
  return (await journal.readSteps(id)).map(({ status }) => status).join();
};

const onPostgres = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const versionOn = (url: string): Promise<number> =>
  onPostgres(url, async (client) => {
    const { rows } = await client.query("select max(version)::int as version from cto.migrations");
    return z.tuple([z.object({ version: z.number() })]).parse(rows)[0].version;
  });

/** Continues with this release, and checks that every leg of every operation was bought once. */
async function goOn(system: System, alive: RunningOld | null): Promise<void> {
  const context = await openContext(readConfig(system.env));
  const worker = await createCTOWorker({ context, sweepMs: 500 });
  try {
    system.localnet.faults.intercept = undefined;
    // From here on, the lost attempt can be proved dead.
    system.localnet.cluster.tick(400);
    alive?.signal("SIGCONT");
    for (const id of [system.begun, system.waiting]) {
      await ended(context, id);
      expect(landings(system.localnet.cluster, id)).toEqual(ONCE);
    }
    const steps = await context.journal.readSteps(system.begun);
    expect(steps.map(({ attempts }) => attempts.length)).toEqual([1, 2, 1]);
    const job = {
      userId: "alice",
      tokenAddress: system.mint,
      buyAmount: 0.3,
      mode: "prefunded",
      platform: "auto",
    };
    const { jobId } = await enqueue(context, job, 0, {});
    await ended(context, jobId);
    expect(landings(system.localnet.cluster, jobId)).toEqual(ONCE);
  } finally {
    await worker.close();
    await context.close();
  }
}

describe("an upgrade from 5f9f192 with operations under way", () => {
  it("on PostgreSQL: buys each leg once, and a worker of before that still runs signs nothing more", async (test) => {
    if (old === null) return test.skip();
    const system = await openOldSystem(old, false);
    const { connectionString } = system.database;
    const worker = await halfDone(old, system);
    try {
      worker.signal("SIGSTOP");
      expect(await versionOn(connectionString)).toBe(9);

      // The first migration is killed in the middle: its connection is closed while it waits for a table.
      await onPostgres(connectionString, async (client) => {
        const connected = "select pid from pg_stat_activity where application_name = 'cto-journal'";
        const before = (await client.query<{ pid: number }>(connected)).rows.map(({ pid }) => pid);
        await client.query("begin; lock table cto.operations in access exclusive mode");
        const opening = createPostgresJournal({ connectionString }).catch((error: unknown) => error);
        const kill = `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'cto-journal' and wait_event_type = 'Lock' and not pid = any($1)
            and datname = current_database()`;
        await expect
          .poll(
            async () => (await onPostgres(connectionString, (other) => other.query(kill, [before]))).rowCount,
            { timeout: 20_000 },
          )
          .toBe(1);
        expect(isCTOError(await opening)).toBe(true);
        await client.query("rollback");
      });
      expect(await versionOn(connectionString)).toBe(9);

      await goOn(system, worker);
      expect(await versionOn(connectionString)).toBe(SUPPORTED);
      // A worker of the old release does not start any more.
      const late = old.start(["worker"], system.env);
      expect(await late.ended).toBe(1);
      expect(late.text()).toContain("CTO_E_JOURNAL_INCOMPATIBLE");
    } finally {
      worker.signal("SIGKILL");
      await system.close();
    }
  }, 240_000);

  it("on MongoDB: buys each leg once, also when the migration was killed half-way", async (test) => {
    if (old === null || mongo === null) return test.skip();
    const system = await openOldSystem(old, true);
    const uri = system.documents?.uri ?? "";
    const worker = await halfDone(old, system);
    const client = new MongoClient(uri);
    try {
      worker.signal("SIGKILL");
      await worker.ended;
      const schema = client.db().collection<{ _id: string; version: number }>("schema");
      expect((await schema.findOne())?.version).toBe(4);
      // The state after a killed migration: some of the indexes, and the old version number.
      await (await createMongoJournal({ uri, allowStandalone: true })).close();
      await client.db().collection("decisions").dropIndexes();
      await schema.updateOne({}, { $set: { version: 4 }, $unset: { revoked: "" } });

      await goOn(system, null);
      expect(await schema.findOne()).toMatchObject({ version: MONGO_VERSION, revoked: MONGO_VERSION });
      const late = old.start(["worker"], system.env);
      expect(await late.ended).toBe(1);
      expect(late.text()).toContain("CTO_E_JOURNAL_INCOMPATIBLE");
    } finally {
      await client.close();
      await system.close();
    }
  }, 240_000);
});

describe("a worker of this release on a database that a newer one has migrated while it runs", () => {
  it("gets no lease any more, says why, and keeps no other worker waiting", async () => {
    const database = await testDatabase();
    const journal = await createPostgresJournal(database);
    const lease = await journal.acquireLease("alice", "one", 60_000);
    await journal.releaseLease(lease ?? expect.fail());
    await journal.pool.query("insert into cto.migrations (version, name) values (99, 'later')");
    await expect(journal.acquireLease("alice", "one", 60_000)).rejects.toMatchObject({
      code: "CTO_E_JOURNAL_INCOMPATIBLE",
    });
    const { rows } = await journal.pool.query("select owner from cto.leases");
    expect(rows).toEqual([{ owner: null }]);
    await journal.close();
    await database.drop();
    if (mongo === null) return;
    const { uri, drop } = testMongoDatabase(mongo);
    const documents = await createMongoJournal({ uri, allowStandalone: mongo.allowStandalone });
    const held = await documents.acquireLease("alice", "one", 60_000);
    await documents.releaseLease(held ?? expect.fail());
    await documents.db.collection("schema").updateOne({}, { $set: { version: 99 } });
    await expect(documents.acquireLease("alice", "one", 60_000)).rejects.toMatchObject({
      code: "CTO_E_JOURNAL_INCOMPATIBLE",
    });
    expect(await documents.db.collection("leases").find().toArray()).toMatchObject([{ owner: null }]);
    await documents.close();
    await drop();
  });
});
