/** Tests that limits are required depending on what the cluster is, not on the address of its endpoint. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { forgetLocalnetAddress, writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { areLimitsRequired, setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  for (const close of closers.splice(0)) await close();
  await stage.close();
});

/** The secret is the stage's own: a worker refuses to start with one that opens no wallet. */
const configOf = (urls: string) =>
  readConfig({
    ...stage.env,
    SOLANA_RPC_URL: urls,
    ENCRYPTION_SECRET: readFileSync(join(stage.config.CTO_HOME, "secret"), "utf8").trim(),
  });

/** Starts another cluster on this machine, as a foreign validator or a tunnel would be. */
async function stranger(): Promise<string> {
  const other = await startLocalnet({ slotMs: 40 });
  closers.push(() => other.close());
  return other.rpcUrl;
}

const NONE = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };

describe("limits", () => {
  it("need not be set on the localnet of this CTO_HOME, under whatever address on this machine", async () => {
    stage = await openStage();
    const { rpcUrl } = stage.localnet;
    expect(await areLimitsRequired(stage.config)).toBe(false);
    expect(await areLimitsRequired(configOf(rpcUrl))).toBe(false);
    expect(await areLimitsRequired(configOf(rpcUrl.replace("127.0.0.1", "localhost")))).toBe(false);
  });

  it("must be set on every other cluster, be its address on this machine, and where one endpoint of several is one", async () => {
    stage = await openStage();
    const other = await stranger();
    expect(await areLimitsRequired(configOf(other))).toBe(true);
    expect(await areLimitsRequired(configOf(`${stage.localnet.rpcUrl},${other}`))).toBe(true);
    expect(await areLimitsRequired(configOf("http://rpc.example"))).toBe(true);
    await forgetLocalnetAddress(stage.config);
    expect(await areLimitsRequired(configOf(stage.localnet.rpcUrl))).toBe(true);
  });

  it("are required when an operation is enqueued, or by the worker if the cluster was unknown then", async () => {
    stage = await openStage();
    const { userId, mint } = stage;
    const config = configOf(await stranger());
    const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1 });
    const strange = { ...stage.context, config };
    await expect(enqueue(strange, job, 0, {})).rejects.toMatchObject({ code: "CTO_E_LIMITS_UNSET" });

    // The endpoint does not answer. The operation is accepted, but nothing is signed.
    const silent = { ...stage.context, config: configOf("http://127.0.0.1:1") };
    await expect(areLimitsRequired(silent.config)).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    const { jobId } = await enqueue(silent, job, 0, {});
    const { rpcUrl, wsUrl, cluster } = stage.localnet;
    const address = { pid: process.pid, rpcUrl, wsUrl, jupiterUrl: stage.desk.url };
    await writeLocalnetAddress(stage.config, { ...address, genesisHash: "another" });
    worker = await createCTOWorker({ context: { ...stage.context, config: configOf(rpcUrl) } });
    expect(await stage.ended(jobId)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_LIMITS_UNSET" },
    });
    expect(cluster.history().filter(({ memo }) => memo?.includes(jobId))).toEqual([]);
    await setLimits(stage.context, null, NONE);
    expect(await enqueue(strange, job, 0, {})).toMatchObject({ status: expect.any(String) });
  });
});
