/** Tests the rotation of the secret on real databases while workers run: every wallet stays usable all the time. */
import { getBase58Decoder } from "@solana/kit";
import { MongoClient } from "mongodb";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { Wallet } from "../../src/engine/ports.ts";
import { hasLanded } from "../../src/engine/step/status.ts";
import { secretsOf } from "../../src/runtime/secrets.ts";
import { keysStatus, rotateKeys } from "../../src/services/keys.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { generateWallets, importWallet } from "../../src/services/wallets.ts";
import { addWebhook } from "../../src/services/webhooks/registry.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { jsonOf, runCli, startCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { holdWrite } from "../support/hold-write.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(mongo === null ? [] : [["MongoDB", { mongo }] as [string, StageOptions]]),
];
const NEW = "the new secret, planted for tests";

let stage: Stage;
let old: string;
let worker: WorkerProcess | undefined;

const withSecrets = (current: string, ...previous: string[]) => ({
  ...stage.env,
  ENCRYPTION_SECRET: current,
  ...(previous.length === 0 ? {} : { ENCRYPTION_SECRET_PREVIOUS: JSON.stringify(previous) }),
});
const contextWith = (current: string, ...previous: string[]) => ({
  ...stage.context,
  config: readConfig(withSecrets(current, ...previous)),
});
const jobOf = () =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.4, mode: "standard" as const });

/** Writes the key directly to the database, like a person with full access to it. */
async function putByHand(walletId: string, text: string): Promise<void> {
  const { MONGODB_URI, DATABASE_URL } = stage.env;
  if (MONGODB_URI !== undefined) {
    const client = new MongoClient(MONGODB_URI);
    await client
      .db()
      .collection<{ _id: string }>("wallets")
      .updateOne({ _id: walletId }, { $set: { sealedKey: text } });
    await client.close();
    return;
  }
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query("update cto.wallets set sealed_key = $2 where id = $1", [walletId, text]);
  await client.end();
}

describe.each(JOURNALS)("keys on %s", (_name, options) => {
  beforeEach(async () => {
    stage = await openStage({ ...options, buyers: 4, buyerSol: 0n });
    [old] = await secretsOf(stage.config);
  });
  afterEach(async () => {
    await worker?.kill("SIGKILL");
    worker = undefined;
    await stage.close();
  });

  it("come under the new secret while an operation runs, and the operation lands", async () => {
    // Step 1 of the documented order: the worker knows the new secret, and seals with the old one.
    worker = await startWorkerProcess(withSecrets(old, NEW));
    const { jobId } = await enqueue(stage.context, jobOf(), 0, { parallelism: 1 });
    await new Promise<void>((resolve) => {
      subscribe(stage.context, jobId, (event) => {
        if (event.type === "leg" && hasLanded(event.status)) resolve();
      });
    });
    // The halt stops the operation in the middle until every key is rotated.
    await halt(stage.context, "so that the rotation comes between two legs");
    expect(await jsonOf(["keys", "rotate"], withSecrets(NEW, old))).toMatchObject({ wallets: 5, rotated: 5 });
    expect((await stage.context.journal.readOperation(jobId))?.status).toBe("active");
    await resume(stage.context);
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 4 } });
    expect(landings(stage.localnet.cluster, jobId)).toEqual(new Map([1, 2, 3, 4].map((leg) => [leg, 1])));
    await worker.kill("SIGTERM");

    // Step 5: the old secret is removed.
    worker = await startWorkerProcess(withSecrets(NEW));
    const after = await enqueue(stage.context, jobOf(), 0, {});
    expect(await stage.ended(after.jobId)).toMatchObject({ status: "completed", result: { landed: 4 } });
  });

  it("are counted by secret, and rotated once for any number of calls", async () => {
    const rotating = contextWith(NEW, "one that nothing is under", old);
    await generateWallets(rotating, stage.userId, 2, { role: "buyer" });
    const before = await keysStatus(rotating);
    expect(before).toMatchObject({ wallets: 7, unsealed: [], unopenable: [], elsewhere: 0 });
    expect(before.secrets.map(({ secret, wallets }) => [secret, wallets])).toEqual([
      ["current", 2],
      ["previous", 0],
      ["previous", 5],
    ]);
    expect(new Set(before.secrets.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    const statusOf = () => runCli(["keys", "status"], withSecrets(NEW, old));
    expect((await statusOf()).code).toBe(3);
    const both = await Promise.all([rotateKeys(rotating), rotateKeys(rotating)]);
    expect(both.reduce((sum, { rotated }) => sum + rotated, 0)).toBe(5);
    expect(await rotateKeys(rotating)).toMatchObject({ wallets: 7, rotated: 0, sealed: 0 });
    expect((await keysStatus(contextWith(NEW))).secrets).toMatchObject([{ secret: "current", wallets: 7 }]);
    expect((await statusOf()).code).toBe(0);
    // A webhook's secret is sealed with the same secret, and would not open without the previous one.
    const { webhook } = await addWebhook(contextWith(old), {
      userId: stage.userId,
      url: "https://1.1.1.1/hook",
    });
    expect(await statusOf()).toMatchObject({ code: 3, stdout: expect.stringContaining(webhook.id) });
    await rotateKeys(rotating);
    expect((await statusOf()).code).toBe(0);
    const actions = (await stage.context.journal.readAudit(0, 100)).filter(
      ({ action }) => action === "keys.rotated",
    );
    expect(actions).toHaveLength(8);
    expect(actions.at(-1)?.details).toMatchObject({ state: "done", wallets: "7", rotated: "0" });
    const told = JSON.stringify([before, both, actions]);
    expect([told.includes(NEW), told.includes(old)]).toEqual([false, false]);
  });

  it("under a secret that is not configured are named, once all others are done", async () => {
    const lost = await generateWallets(contextWith("a secret that was lost since"), stage.userId, 1, {
      role: "buyer",
    });
    const [id = ""] = lost.map((wallet) => wallet.id);
    await expect(rotateKeys(contextWith(NEW, old))).rejects.toMatchObject({
      code: "CTO_E_KEYS_NOT_ROTATED",
      context: { wallets: [id], reason: "CTO_E_WALLET_SECRET_WRONG" },
    });
    const status = await runCli(["keys", "status", "--json"], withSecrets(NEW));
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({ secrets: [{ wallets: 5 }], unopenable: [id] });
  });

  it("are not said to be rotated while some process still adds wallets under the old secret", async () => {
    const rotating = contextWith(NEW, old);
    let added: Wallet | undefined;
    const journal = {
      ...stage.context.journal,
      async listSealedKeys(after: string, limit: number) {
        const page = await stage.context.journal.listSealedKeys(after, limit);
        if (after === "") {
          [added] = await generateWallets(contextWith(old), stage.userId, 1, { role: "buyer" });
        }
        // The passes never see the added wallet. Otherwise its random id would decide whether they do.
        return page.filter(({ wallet }) => wallet.id !== added?.id);
      },
    };
    await expect(rotateKeys({ ...rotating, journal })).rejects.toMatchObject({
      code: "CTO_E_KEYS_NOT_ROTATED",
      context: { wallets: [], reason: expect.stringContaining("still seals") },
    });
    expect(await rotateKeys(rotating)).toMatchObject({ wallets: 10 });
  });

  it("that somebody put in clear are sealed when they are met, by a worker or by the rotation", async () => {
    const [first, second] = [generateKeypair(), generateKeypair()];
    const context = contextWith(old);
    const wallets = [];
    for (const { seed, address } of [first, second]) {
      const text = getBase58Decoder().decode(seed);
      const wallet = await importWallet(context, stage.userId, text, { role: "buyer", expect: address });
      await putByHand(wallet.id, text);
      wallets.push({ ...wallet, text });
    }
    const [met, left] = wallets;
    if (met === undefined || left === undefined) throw new Error("two wallets");
    expect((await keysStatus(context)).unsealed.toSorted()).toEqual([met.id, left.id].toSorted());
    const logged: string[] = [];
    worker = await startWorkerProcess({ ...withSecrets(old), CTO_LOG: "info" }, (text) => logged.push(text));
    const { jobId } = await enqueue(stage.context, jobOf(), 0, { walletIds: [met.id] });
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 1 } });
    expect((await keysStatus(context)).unsealed).toEqual([left.id]);
    expect(logged.join("")).toContain("an unsealed key was found");
    expect(await jsonOf(["keys", "rotate"], withSecrets(old))).toMatchObject({ rotated: 0, sealed: 1 });
    expect((await keysStatus(context)).unsealed).toEqual([]);
    const records = await stage.context.journal.readAudit(0, 100);
    expect(records.filter(({ action }) => action === "key.sealed").map(({ subject }) => subject)).toEqual([
      met.id,
      left.id,
    ]);
    const told = JSON.stringify(records) + logged.join("");
    for (const { text } of wallets) expect(told).not.toContain(text);
  });

  // On MongoDB, a proxy blocks the write. Only the run's own server has that proxy.
  it.skipIf(options.mongo?.allowStandalone === false)(
    "are rotated to the end by a second run when the first is killed",
    async () => {
      const all = await stage.context.journal.listSealedKeys("", 100);
      // The first run waits at the third wallet. Two wallets are done, and three remain.
      const held = await holdWrite(stage.env, { walletId: all[2]?.wallet.id ?? "" });
      const first = startCli(["keys", "rotate"], { ...withSecrets(NEW, old), ...held.env });
      const status = () => keysStatus(contextWith(NEW, old));
      await expect.poll(async () => (await status()).secrets[0]?.wallets, { timeout: 60_000 }).toBe(2);
      first.signal("SIGKILL");
      expect((await first.ended).code).toBeNull();
      await held.release();
      const half = (await status()).secrets.map(({ wallets }) => wallets);
      // PostgreSQL may still execute the dead process's last statement.
      expect([[2, 3].join(), [3, 2].join()]).toContain(half.join());
      const second = await jsonOf(["keys", "rotate"], withSecrets(NEW, old));
      expect(second).toMatchObject({ wallets: 5 });
      expect((await keysStatus(contextWith(NEW))).secrets).toMatchObject([{ wallets: 5 }]);
      worker = await startWorkerProcess(withSecrets(NEW));
      const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
      expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 4 } });
    },
  );
});
