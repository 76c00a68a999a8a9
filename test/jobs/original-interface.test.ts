/**
 * Tests the original interface's snippets exactly as they are on its page, on a whole system. We change only the user,
 * the token and the extension of the import. Then it tests the library's additional functions.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as library from "../../src/index.ts";
import { cancelCTOJob, enqueueCTOOperation, getCTOJobStatus } from "../../src/jobs/cto-external.ts";
import { untilEnded } from "../../src/services/progress.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let mint: string;

beforeAll(async () => {
  stage = await openStage({ buyers: 2 });
  mint = stage.mint;
  for (const name of ["DATABASE_URL", "CTO_HOME", "CTO_LOG"]) vi.stubEnv(name, stage.env[name]);
  for (const name of ["MONGODB_URI", "REDIS_URL", "SOLANA_RPC_URL"]) vi.stubEnv(name, undefined);
  await import("../../src/jobs/index.ts"); // This registers all workers including CTO
});
afterAll(async () => {
  await library.closeAll();
  vi.unstubAllEnvs();
  await stage.close();
});

describe("the original interface", () => {
  it("quick start: enqueues, and monitors the progress", async () => {
    // Standard CTO operation
    const job = await enqueueCTOOperation({
      userId: "alice",
      userChatId: 12345,
      tokenAddress: mint,
      buyAmount: 1.5, // SOL amount
      mode: "standard", // or "prefunded"
      platform: "pumpfun", // detected platform
      socketUserId: "socket123", // optional for progress tracking
    });
    expect(job).toMatchObject({
      jobId: expect.any(String),
      status: expect.any(String),
      data: { buyAmount: 1.5 },
    });

    const status = await getCTOJobStatus(job.jobId);
    if (status.status === "not_found") throw new Error("not found");
    expect(["waiting", "active", "completed"]).toContain(status.status);
    expect(status.progress).toBeGreaterThanOrEqual(0);
    expect(await stage.ended(job.jobId)).toMatchObject({ status: "completed", result: { landed: 2 } });
  });

  it("examples 1 to 3: standard, prefunded, and a batch", async () => {
    const standardCTO = await enqueueCTOOperation({
      userId: "alice",
      userChatId: 12345,
      tokenAddress: mint,
      buyAmount: 2.0,
      mode: "standard",
      platform: "pumpfun",
    });
    const prefundedCTO = await enqueueCTOOperation({
      userId: "alice",
      userChatId: 67890,
      tokenAddress: mint,
      buyAmount: 1.5,
      mode: "prefunded",
      platform: "bonk",
    });
    const tokens = [mint, mint, mint];
    const jobs = await Promise.all(
      tokens.map((tokenAddress) =>
        enqueueCTOOperation({
          userId: "alice",
          userChatId: 11111,
          tokenAddress,
          buyAmount: 1.0,
          mode: "standard",
          platform: "pumpfun",
        }),
      ),
    );
    const ended = await Promise.all(
      [standardCTO, prefundedCTO, ...jobs].map(({ jobId }) => stage.ended(jobId)),
    );
    expect(ended.map(({ status, result }) => [status, result.landed])).toEqual(
      Array(5).fill(["completed", 2]),
    );
  });

  it("example 4, corrected: a job that waits is not at its end", async () => {
    const job = await enqueueCTOOperation(
      buildJob({ userId: "alice", userChatId: 12345, tokenAddress: mint, buyAmount: 1.0 }),
    );
    const jobId = job.jobId;
    const printed: string[] = [];

    // Poll for status updates
    const pollStatus = async (): Promise<void> => {
      const status = await getCTOJobStatus(jobId);

      // The original snippet only tested for "active", and treated "waiting" as the end.
      if (status.status === "waiting" || status.status === "active") {
        printed.push(`Progress: ${status.progress}%`);
        await new Promise((resolve) => setTimeout(resolve, 50)); // Check again
        return pollStatus();
      }
      printed.push(`Final status: ${status.status}`);
    };

    await pollStatus();
    expect(printed.at(-1)).toBe("Final status: completed");
  });

  it("cancels, and answers failures with their reason", async () => {
    const timed = await enqueueCTOOperation(
      buildJob({ userId: "alice", tokenAddress: mint, buyAmount: 1, mode: "standard" }),
      0,
      { notBefore: "2050-01-01T00:00:00Z" },
    );
    expect(await cancelCTOJob(timed.jobId)).toMatchObject({ success: true, message: expect.any(String) });
    expect(await cancelCTOJob("op_none")).toMatchObject({ success: false, error: expect.any(String) });
    expect(await getCTOJobStatus("op_none")).toMatchObject({ status: "not_found" });
    const poor = await enqueueCTOOperation({
      userId: "alice",
      tokenAddress: mint,
      buyAmount: "99.5",
      mode: "prefunded",
      platform: "auto",
    });
    const status = await stage.ended(poor.jobId);
    if (status.status === "failed") expect(status.failedReason).toMatch(/\S/);
    expect(status.status).toBe("failed");
  });
});

describe("the library", () => {
  it("does what HTTP and the command line do, by code", async () => {
    await library.addCTOUser({ id: "bob", name: "Bob" });
    expect((await library.listCTOUsers()).map(({ id }) => id)).toContain("bob");
    const buyers = await library.generateCTOWallets("bob", 2, { role: "buyer" });
    const funding = await library.generateCTOWallets("bob", 1, { role: "funding" });
    for (const { address } of [...buyers, ...funding]) await library.airdropTestSol(address, "3");
    const wallets = await library.listCTOWallets("bob", { balances: true });
    expect(wallets.map(({ role, lamports }) => [role, lamports])).toEqual([
      ["buyer", "3000000000"],
      ["buyer", "3000000000"],
      ["funding", "3000000000"],
    ]);
    await library.setCTOWalletDisabled(buyers[1]?.id ?? "", true);
    const token = await library.createTestToken();
    const ask = {
      userId: "bob",
      tokenAddress: token,
      buyAmount: "0.5",
      mode: "prefunded",
      platform: "auto",
    } as const;
    const { jobId } = await enqueueCTOOperation(ask, 0, { reference: "order 7" });
    expect(await library.waitForCTOJob(jobId)).toMatchObject({ status: "completed", result: { landed: 1 } });
    const held = await library.listCTOWallets("bob", { tokenAddress: token });
    expect(BigInt(held[0]?.tokens ?? 0)).toBeGreaterThan(0n);
    expect(await library.listCTOOperations({ reference: "order 7" })).toMatchObject([
      { jobId, reference: "order 7" },
    ]);
    const receipt = await library.getCTOReceipt(jobId);
    expect(await library.verifyCTOReceipt(receipt)).toMatchObject({ ok: true, memosVerified: 1 });
    expect(await library.verifyCTOReceipt(jobId)).toMatchObject({ ok: true });
    expect(await library.reviewCTOOperation(jobId)).toMatchObject({ steps: [] });
    await expect(library.retryCTOOperation(jobId)).rejects.toMatchObject({ code: "CTO_E_RETRY_NOTHING" });
    const { key, secret } = await library.createCTOApiKey({
      name: "shop",
      scopes: ["operate"],
      userId: "bob",
    });
    expect(secret).toContain(key.id);
    expect((await library.listCTOApiKeys()).map(({ id }) => id)).toContain(key.id);
    expect((await library.revokeCTOApiKey(key.id)).revokedAt).toBeInstanceOf(Date);
    await library.haltCTOSigning("a test");
    expect(await library.getCTOHalt()).toMatchObject({ reason: "a test" });
    await library.resumeCTOSigning();
    expect(await library.getCTOHalt()).toBeNull();
    const preview = await library.previewCTOSweep("bob");
    const swept = await library.sweepCTOWallets("bob", preview.totalLamports);
    expect(await library.waitForCTOJob(swept.jobId)).toMatchObject({ status: "completed" });
    await expect(library.sweepCTOWallets("bob", "1 SOL")).rejects.toMatchObject({ code: "CTO_E_USAGE" });
  });

  it("shows what people look at, and what an operator does", async () => {
    const [latest] = await library.listCTOOperations({ userId: "bob", reference: "order 7" });
    const jobId = latest?.jobId ?? "";
    const token = latest?.data.tokenAddress ?? "";
    expect(await library.getCTOUser("bob")).toMatchObject({ name: "Bob" });
    expect(await library.getCTOUser("nobody")).toBeNull();
    expect((await library.explainCTOOperation(jobId)).map(({ text }) => text).join("\n")).toContain("SOL");
    const [step] = await library.listCTOSteps(jobId);
    expect(step).toMatchObject({ id: `${jobId}.buy.1`, attempts: [{ signature: expect.any(String) }] });
    expect(step?.attempts[0]).not.toHaveProperty("wire");
    const events = await library.listCTOEvents(jobId);
    expect((await library.listCTOEvents(jobId, { after: 1, limit: 2 })).map(({ seq }) => seq)).toEqual([
      2, 3,
    ]);
    expect(events.at(-1)).toMatchObject({ type: "result" });
    for (const wrong of [{ after: -1 }, { after: Number.NaN }, { limit: 1.5 }])
      await expect(library.listCTOEvents(jobId, wrong)).rejects.toMatchObject({ code: "CTO_E_USAGE" });
    for (const unknown of [library.listCTOEvents, library.listCTOSteps, library.explainCTOOperation])
      await expect(unknown("op_none")).rejects.toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN" });
    expect(await library.getCTOTokenDecimals(token)).toBe(6);
    const market = await library.getCTOMarket(token, "0.5");
    expect(market).toMatchObject({ mint: token, quote: { lamports: 500_000_000n } });
    expect(await library.listCTOTokens("bob")).toMatchObject([{ mint: token, decimals: 6 }]);
    const day = await library.getCTOOverview("bob");
    expect(day.operations.map(({ operation }) => operation.id)).toContain(jobId);
    expect(await library.getCTOQueue()).toMatchObject({ backend: "postgres" });
    expect(await library.getCTOHealth()).toMatchObject({ journal: { ok: true }, cluster: { ok: true } });
    await library.noteCTOBackup("a test");
    expect(await library.listCTOAudit({ limit: 1 })).toMatchObject([{ action: "backup.seen" }]);
    expect(await library.verifyCTOAudit()).toMatchObject({ broken: null });
    const old = await library.createCTOApiKey({ name: "old", scopes: ["read"] });
    const { key } = await library.rollCTOApiKey(old.key.id, { overlapHours: 0 });
    expect(key).toMatchObject({ name: "old", scopes: ["read"] });
    await expect(library.rollCTOApiKey(key.id, { overlapHours: -1 })).rejects.toMatchObject({
      code: "CTO_E_USAGE",
    });
    expect(await library.getCTOKeysStatus()).toMatchObject({ unsealed: [], unopenable: [] });
    expect(await library.pruneCTORecords()).toMatchObject({ operations: 0, dropped: 0 });
    await expect(library.pruneCTORecords({ days: 0.5 })).rejects.toMatchObject({ code: "CTO_E_USAGE" });
    expect(await library.viewCTOLookupTables()).toEqual([]);
    await expect(library.viewCTOLookupTables(["here"])).rejects.toMatchObject({ code: "CTO_E_USAGE" });
  });

  it("refuses what a caller without types may give, and writes nothing", async () => {
    const usage = { code: "CTO_E_USAGE" };
    const before = await library.getCTOLimits("bob");
    const changes: unknown[] = [
      { maxOperationLamports: -1n },
      { maxOperationLamports: "5" },
      { maxOperationLamports: 2n ** 64n },
      { maxWallets: Number.NaN },
      { maxSlippageBps: 10_001 },
      { allowedMints: ["here"] },
      { maxFoo: 1n },
      null,
    ];
    for (const wrong of changes)
      await expect(library.setCTOLimits("bob", wrong as object), String(wrong)).rejects.toMatchObject(usage);
    expect(await library.getCTOLimits("bob")).toEqual(before);
    await library.setCTOLimits("bob", { maxOperationLamports: 7n, deniedMints: [mint] });
    await library.setCTOLimits("bob", { maxOperationLamports: undefined, deniedMints: undefined });
    for (const count of [0, -1, 2.5, Number.NaN, 1e6])
      await expect(library.generateCTOWallets("bob", count, { role: "buyer" })).rejects.toMatchObject(usage);
    for (const options of [{ role: "thief" }, { role: "buyer", label: "a\u202eb" }, {}])
      await expect(library.generateCTOWallets("bob", 1, options as { role: "buyer" })).rejects.toMatchObject(
        usage,
      );
    const attached = { address: "here", signer: "vault", reference: "1", role: "buyer" } as const;
    await expect(library.attachCTOWallet("bob", attached)).rejects.toMatchObject(usage);
    await expect(library.airdropTestSol("here", 1)).rejects.toMatchObject(usage);
    await expect(library.haltCTOSigning("")).rejects.toMatchObject(usage);
    expect(await library.getCTOHalt()).toBeNull();
    await expect(library.listCTOOperations({ limit: Number.NaN })).rejects.toMatchObject(usage);
    await expect(library.listCTOOperations({ before: "bogus" })).rejects.toMatchObject(usage);
    const { webhook } = await library.addCTOWebhook({ userId: "bob", url: "https://example.org/cto" });
    const delivery = await library.testCTOWebhook(webhook.id);
    const { webhook: other } = await library.addCTOWebhook({ userId: "bob", url: "https://example.org/b" });
    expect(await library.listCTODeliveries(webhook.id, { before: delivery })).toEqual([]);
    for (const [id, before] of [
      [webhook.id, "bogus"],
      [webhook.id, ""],
      [other.id, delivery],
    ] as const)
      await expect(library.listCTODeliveries(id, { before })).rejects.toMatchObject(usage);
    await expect(library.listCTODeliveries(webhook.id, { limit: Number.NaN })).rejects.toMatchObject(usage);
    const receipt = await library.getCTOReceipt(
      (await library.listCTOOperations({ limit: 1 }))[0]?.jobId ?? "",
    );
    for (const rpcUrl of ["nonsense", "file:///etc/passwd", "https:"])
      await expect(library.verifyCTOReceipt(receipt, { rpcUrl })).rejects.toMatchObject(usage);
  });

  it("closes everything, workers and contexts, however often it is asked to, and opens again", async () => {
    const own = await library.openContext(stage.config);
    const worker = await library.createCTOWorker({ context: own });
    const job = {
      userId: "alice",
      tokenAddress: mint,
      buyAmount: "0.1",
      mode: "prefunded",
      platform: "auto",
    } as const;
    const { jobId } = await library.enqueueCTOOperation(job, 0, { notBefore: "2099-01-01T00:00:00Z" });
    const closed = { code: "CTO_E_WAIT_CLOSED", context: { jobId } };
    const waiting = expect(untilEnded(own, jobId)).rejects.toMatchObject(closed);
    await Promise.all([library.closeAll(), library.closeAll()]);
    await worker.close();
    await own.close();
    await waiting;
    await expect(untilEnded(own, jobId)).rejects.toMatchObject(closed);
    expect(await library.cancelCTOJob(jobId)).toMatchObject({ success: true });
    expect((await library.listCTOUsers()).length).toBeGreaterThan(0);
  });

  it("names the folder in which it found no installation", async () => {
    await library.closeAll();
    const folder = await mkdtemp(join(tmpdir(), "cto-elsewhere-"));
    const spy = vi.spyOn(process, "cwd").mockReturnValue(folder);
    for (const name of ["DATABASE_URL", "CTO_HOME"]) vi.stubEnv(name, undefined);
    try {
      await expect(library.listCTOUsers()).rejects.toMatchObject({
        code: "CTO_E_HOME_MISSING",
        message: expect.stringContaining(join(folder, ".cto")),
      });
      expect(existsSync(join(folder, ".cto"))).toBe(false);
    } finally {
      spy.mockRestore();
      for (const name of ["DATABASE_URL", "CTO_HOME"]) vi.stubEnv(name, stage.env[name]);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
