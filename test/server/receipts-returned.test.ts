/** Tests that a sweep, which buys nothing, has a public receipt with the amounts that its wallets returned. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { previewSweep, startSweep } from "../../src/services/sweep-wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let worker: CTOWorker;
let id: string;

beforeAll(async () => {
  api = await openTestApi();
  const { context, userId } = api.stage;
  worker = await createCTOWorker({ context });
  const { totalLamports } = await previewSweep(context, worker.ports, userId);
  id = await startSweep(context, worker.ports, userId, totalLamports);
  await api.stage.ended(id);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

describe("the public receipt of a sweep", () => {
  it("names every wallet, what it returned, and the memo, as JSON and as a page", async () => {
    const { status, body } = await api.request("GET", `/r/${id}.json`);
    expect(status).toBe(200);
    const receipt: Receipt = body;
    expect(receipt).toMatchObject({ operationId: id, purpose: "sweep", status: "completed" });
    const { buyers } = api.stage;
    expect(receipt.recovered?.map(({ address }) => address)).toEqual(buyers.map(({ address }) => address));
    const page = await api.request("GET", `/r/${id}`);
    expect(page.text).toContain(`${buyers.length} wallets returned`);
    expect(page.text).not.toContain("bought");
    for (const { address, signature, memo, lamports } of receipt.recovered ?? []) {
      expect(memo).toContain(":recover:");
      expect(BigInt(lamports)).toBeGreaterThan(0n);
      for (const text of [address, signature, memo]) expect(page.text).toContain(text);
    }
  });

  it("holds against the chain alone, as it was served", async () => {
    const { body } = await api.request("GET", `/r/${id}.json`);
    const { buyers, localnet } = api.stage;
    const verification = await verifyReceipt(body, createChainReader(localnet.rpcUrl));
    expect(verification).toMatchObject({ ok: true, memosVerified: buyers.length });
  });
});
