/**
 * Tests restores that went wrong: the backup of another installation, of a newer release or of half the databases, and a
 * lost secret. Each is refused with its own code before anything is signed.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkJournaled } from "../../src/cli/doctor/journaled.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { openContext } from "../../src/runtime/context.ts";
import { openSecretBox } from "../../src/runtime/secrets.ts";
import { explainOperation } from "../../src/services/explain.ts";
import { requireOpenableKeys } from "../../src/services/keys.ts";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { requireOwnCluster } from "../../src/services/own-cluster.ts";
import { declareRestore } from "../../src/services/restore.ts";
import { whySigningWaits } from "../../src/services/signing-waits.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { startLyingEndpoint } from "../support/lying-endpoint.ts";
import { testDatabase } from "../support/postgres.ts";
import { openStage, type Stage } from "../support/stage.ts";

const NONE = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ buyers: 1 });
  await setLimits(stage.context, null, NONE);
});
afterAll(() => stage.close());

const withConfig = (config: Config) => ({ ...stage.context, config });
const restoreWith = (config: Config) =>
  withChainPorts({ config }, (ports) => declareRestore(withConfig(config), ports, "a test"));
const workWith = (config: Config) => createCTOWorker({ context: withConfig(config) });
const broken = async (config: Config) =>
  (await checkJournaled(withConfig(config))).filter(({ state }) => state === "broken");

describe("a restore", () => {
  it("of a journal of another cluster is refused, by workers and doctor, too", async () => {
    const { context, env, config, localnet, desk } = stage;
    const secret = (await readFile(join(config.CTO_HOME, "secret"), "utf8")).trim();
    const other = await startLocalnet({ slotMs: 40 });
    const on = (url: string) =>
      readConfig({ ...env, SOLANA_RPC_URL: url, ENCRYPTION_SECRET: secret, JUPITER_URL: desk.url });
    try {
      // This home's localnet leaves no note. The first worker on a configured cluster does.
      await requireOwnCluster(withConfig(on(localnet.rpcUrl)));
      expect(await context.journal.readNote("cluster")).toBeNull();
      await (await workWith(on(other.rpcUrl))).close();
      const { genesisHash: journal } = other.cluster.ledger;
      const { genesisHash: cluster } = localnet.cluster.ledger;
      const refusal = { code: "CTO_E_JOURNAL_OTHER_CLUSTER", context: { journal, cluster } };
      for (const wrong of [config, on(localnet.rpcUrl)]) {
        await expect(restoreWith(wrong)).rejects.toMatchObject(refusal);
        await expect(workWith(wrong)).rejects.toMatchObject(refusal);
      }
      expect((await broken(config)).map(({ detail }) => detail.split(":")[0])).toEqual([refusal.code]);
      await requireOwnCluster(withConfig(on(other.rpcUrl)));
      expect(await context.journal.readRestore()).toBeNull();
    } finally {
      await context.journal.writeNote("cluster", 1, null);
      await other.close();
    }
  });

  it("is refused under a lost secret and without a journal; then the right journal goes on, without its queue", async () => {
    const { context, env, config, localnet, userId, mint } = stage;
    const job = { userId, tokenAddress: mint, buyAmount: 0.5, mode: "prefunded", platform: "auto" };
    const { jobId } = await enqueue(context, job, 0, {});
    const lost = readConfig({ ...env, ENCRYPTION_SECRET: "a new one, because the old one is lost" });
    const refusal = { code: "CTO_E_KEYS_UNOPENABLE", context: { wallets: 2 } };
    await expect(restoreWith(lost)).rejects.toMatchObject(refusal);
    await expect(workWith(lost)).rejects.toMatchObject(refusal);

    const empty = await testDatabase();
    const half = await openContext(readConfig({ ...env, DATABASE_URL: empty.connectionString }));
    const declared = withChainPorts({ config }, (ports) => declareRestore(half, ports, "a test"));
    await expect(declared).rejects.toMatchObject({ code: "CTO_E_RESTORE_EMPTY" });
    expect(landings(localnet.cluster, jobId).size).toBe(0);

    // Nothing has failed. The journal goes on beside a queue that has never had its jobs.
    const { queue, backend, wakeUps } = half;
    const worker = await createCTOWorker({
      context: { ...context, queue, backend, wakeUps },
      sweepMs: 200,
    });
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 1 } });
    expect(landings(localnet.cluster, jobId)).toEqual(new Map([[1, 1]]));
    await worker.close();
    await half.close();
    await empty.drop();

    // The remedy where the secret is lost for good: a new wallet, and workers start again.
    await generateWallets(withConfig(lost), userId, 1, { role: "buyer" });
    await requireOpenableKeys(context, await openSecretBox(lost));
  });

  it("whose age no endpoint can show makes workers sign nothing, and say so, until one can", async () => {
    const { context, localnet, userId, mint, env } = stage;
    const { journal } = context;
    const one = await startLyingEndpoint(localnet.rpcUrl);
    const secret = (await readFile(join(stage.config.CTO_HOME, "secret"), "utf8")).trim();
    const config = readConfig({
      ...env,
      SOLANA_RPC_URL: one.url,
      ENCRYPTION_SECRET: secret,
      JUPITER_URL: stage.desk.url,
    });
    const job = { userId, tokenAddress: mint, buyAmount: 0.1, mode: "prefunded", platform: "auto" };
    const { jobId } = await enqueue(context, job, 0, { walletIds: stage.buyers.map(({ id }) => id) });
    await journal.writeReached(1n);
    const reached = await journal.readReached();
    localnet.cluster.tick(2_000);
    one.firstAvailable = 10_000_000;
    const worker = await workWith(config);
    try {
      await expect
        .poll(() => whySigningWaits(context), { timeout: 20_000 })
        .toContain("CTO_E_JOURNAL_AGE_UNKNOWN");
      const signing = (await checkJournaled(withConfig(config))).find(({ name }) => name === "signing");
      expect(signing).toMatchObject({
        state: "weak",
        detail: expect.stringContaining("workers sign nothing"),
      });
      const told = (await explainOperation(context, jobId)).at(-1)?.text;
      expect(told).toContain("the records of");
      expect(await journal.readHalt(), "it ends by itself").toBeNull();
      expect(await journal.readReached(), "the backup's age stays").toEqual(reached);
      expect(landings(localnet.cluster, jobId).size).toBe(0);

      one.firstAvailable = undefined;
      expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 1 } });
      expect(await whySigningWaits(context)).toBeNull();
    } finally {
      await worker.close();
      await one.close();
      await journal.writeNote("cluster", 1, null);
    }
  });

  it("that is not declared is what `cto doctor` names first, where a worker has halted for it", async () => {
    const { context } = stage;
    const detailOf = async (reason: string) => {
      await context.journal.writeHalt({ by: "the worker", reason });
      const signing = (await checkJournaled(context)).find(({ name }) => name === "signing");
      await context.journal.writeHalt(null);
      return signing?.detail;
    };
    for (const code of ["CTO_E_JOURNAL_BEHIND", "CTO_E_JOURNAL_COPIED"])
      expect(await detailOf(`${code}: a test`)).toBe(
        `halted by the worker: ${code}: a test; \`cto restore\` first, then \`cto resume\` (docs/runbook.md)`,
      );
    expect(await detailOf("a drill")).toBe("halted by the worker: a drill; `cto resume` lets it go on");
  });

  it("takes the widest bounds of the endpoints, and searches everything if the mark is ahead of one", async () => {
    const { context } = stage;
    const declared = (...slots: readonly bigint[]) => {
      const tips = slots.map((slot) => ({ slot, lastValidBlockHeight: slot + 150n }));
      return declareRestore(context, { chain: { readTips: async () => tips } }, "a test");
    };
    const mark = 10_000_000n;
    await context.journal.declareRestore({ by: "a test", reason: "", since: mark, lastValidBlockHeight: 1n });
    await context.journal.writeReached(mark);
    const [behind, ahead] = [mark + 1n, mark + 500n];
    expect(await declared(behind, ahead)).toMatchObject({ since: mark, lastValidBlockHeight: ahead + 150n });
    await context.journal.writeReached(mark);
    expect(await declared(ahead, mark - 1n)).toMatchObject({ since: 0n });
  });
});
