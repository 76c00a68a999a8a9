/** Tests that a leg which landed with fewer tokens than signed for is shown everywhere where its operation is shown. */
import { setTimeout as delay } from "node:timers/promises";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeStatus, readKnownStatus } from "../../src/cli/status-text.ts";
import { createChainReader, verifyReceipt } from "../../src/receipts/index.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { measureWorker } from "../../src/worker/measure-worker.ts";
import { asksForMore } from "../support/asks-for-more.ts";
import { buildJob } from "../support/build-job.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let worker: CTOWorker;
let id: string;
const metrics = createMetrics();

beforeAll(async () => {
  api = await openTestApi({ server: { metrics } });
  const { context, userId, mint } = api.stage;
  worker = await createCTOWorker({
    context,
    wrapPorts: (ports) => measureWorker(metrics)(asksForMore(ports)),
  });
  const job = buildJob({ userId, tokenAddress: mint });
  id = (await enqueue(context, { ...job, mode: "prefunded", platform: "auto" }, 0, {})).jobId;
  await api.stage.ended(id);
  while ((await context.journal.readOperation(id))?.settled !== true) await delay(50);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

describe("an incident", () => {
  it("is in the API's answer, with its remedy, and among the events; its leg is landed", async () => {
    const key = api.key("read");
    const { body } = await api.request("GET", `/v1/operations/${id}`, { key });
    const [, second] = body.legs;
    expect(body).toMatchObject({ status: "completed", partial: false, totals: { landed: 3 } });
    expect(second).toMatchObject({ status: "finalized", failure: null });
    const { signature, slot, address } = second;
    const incident = { leg: 2, address, signature, slot, received: second.tokensReceived };
    expect(body.incidents).toMatchObject([
      { ...incident, failure: { code: "CTO_E_DELIVERY_SHORT", remedy: expect.stringContaining("cto halt") } },
    ]);
    const { events } = (await api.request("GET", `/v1/operations/${id}/events`, { key })).body;
    expect(events.filter(({ type }: { type: string }) => type === "incident")).toMatchObject([incident]);
    const metric = (await api.request("GET", "/metrics", { key })).text;
    expect(metric).toMatch(/^cto_incidents_total 1$/m);
  });

  it("is in the status for people and for programs", async () => {
    const status = await readKnownStatus(api.stage.context, id);
    expect(status.result.incidents).toMatchObject([{ leg: 2, failure: { code: "CTO_E_DELIVERY_SHORT" } }]);
    expect(describeStatus(status, 6, pc.createColors(false))).toContain(
      "INCIDENT: Leg 2 landed and received",
    );
  });

  it("is in the receipt and on its page, and the receipt verifies because of it", async () => {
    const receipt = (await api.request("GET", `/r/${id}.json`)).body;
    expect(receipt.incidents).toMatchObject([{ leg: 2, received: receipt.legs[1].tokens }]);
    const page = (await api.request("GET", `/r/${id}`)).text;
    expect(page).toContain("<strong>Incident:</strong> wallet 2 paid and received");
    const reader = createChainReader(api.stage.localnet.rpcUrl);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, problems: [] });
  });
});
