/** Tests that users are spread over shards by a stable key, and that a shard holds everything of its users. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { enqueue } from "../../src/services/operations.ts";
import { openShards, type Shards, shardOf } from "../../src/services/shards.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { openStage, type Stage } from "../support/stage.ts";

const USERS = Array.from({ length: 400 }, (_, at) => `user-${at}`);

describe("the shard of a user", () => {
  test("is the same in every process, and each shard has its part of the users", () => {
    // Written down: a user whose shard changed with a release would be without a past.
    expect(["alice", "bob", "carol", "dave"].map((user) => shardOf(user, ["a", "b", "c"]))).toEqual([
      "a",
      "b",
      "b",
      "c",
    ]);
    for (const shard of ["a", "b", "c", "d"]) {
      const share = USERS.filter((user) => shardOf(user, ["a", "b", "c", "d"]) === shard).length;
      expect(share).toBeGreaterThan(60);
      expect(share).toBeLessThan(140);
    }
    expect(() => shardOf("alice", [])).toThrow("no shard");
  });

  test("changes only to a shard that was added, whatever their order", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.string(), names, fc.string({ minLength: 9, maxLength: 12 }), (user, shards, added) => {
        const before = shardOf(user, shards);
        expect(shardOf(user, [...shards].reverse())).toBe(before);
        expect([before, added]).toContain(shardOf(user, [...shards, added]));
      }),
    );
  });
});

describe("two shards side by side", () => {
  let stage: Stage | undefined;
  let second: TestDatabase | undefined;
  let shards: Shards | undefined;
  const workers: CTOWorker[] = [];

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.close();
    await shards?.close();
    await second?.drop();
    await stage?.close();
  });

  test("carry out their own users' operations, each leg once, and know nothing of the other's", async () => {
    stage = await openStage({ buyers: 1 });
    const { env, localnet, mint } = stage;
    second = await testDatabase();
    const databases = { a: env.DATABASE_URL ?? "", b: second.connectionString };
    shards = await openShards(
      new Map(
        Object.entries(databases).map(([name, url]) => [name, readConfig({ ...env, DATABASE_URL: url })]),
      ),
    );
    for (const name of shards.names) workers.push(await createCTOWorker({ context: shards.named(name) }));
    const accepted = new Map<string, string>();
    for (const userId of USERS.slice(0, 6)) {
      const context = shards.of(userId);
      await context.journal.addUser({ id: userId });
      const [buyer] = await generateWallets(context, userId, 1, { role: "buyer" });
      if (buyer === undefined) throw new Error("there is no wallet");
      localnet.cluster.airdrop(buyer.address, 5_000_000_000n as never);
      const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.1 });
      accepted.set(userId, (await enqueue(context, job, 0, {})).jobId);
    }
    const { readOperation } = shards;
    for (const [userId, id] of accepted) {
      await expect.poll(async () => (await readOperation(id))?.status, { timeout: 30_000 }).toBe("completed");
      expect([...landings(localnet.cluster, id).values()]).toEqual([1]);
      const home = shardOf(userId, shards.names);
      for (const name of shards.names) {
        const found = await shards.named(name).journal.readOperation(id);
        expect(found?.id).toBe(name === home ? id : undefined);
      }
    }
    const homes = new Set([...accepted.keys()].map((user) => shardOf(user, ["a", "b"])));
    expect(homes.size).toBe(2);
    expect(await shards.readOperation("op_unknown")).toBeNull();
  }, 60_000);
});
