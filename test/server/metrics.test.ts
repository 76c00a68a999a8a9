/**
 * Tests the metrics of the server and of a worker: their values, the absence of private names, and who may read them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMetricsPort } from "../../src/cli/metrics-port.ts";
import { createMetrics, type Metrics } from "../../src/runtime/metrics.ts";
import { buildApp } from "../../src/server/app.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { measureWorker } from "../../src/worker/measure-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let worker: CTOWorker;
let metrics: Metrics;
let id: string;

beforeAll(async () => {
  metrics = createMetrics();
  api = await openTestApi({ server: { metrics } });
  const { context, userId, mint } = api.stage;
  worker = await createCTOWorker({ context, wrapPorts: measureWorker(metrics) });
  const job = buildJob({ userId, userChatId: 77, tokenAddress: mint });
  id = (await enqueue(context, job, 0, {})).jobId;
  await api.stage.ended(id);
  while ((await context.journal.readOperation(id))?.settled !== true) await delay(50);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

const scrape = async (key = api.key("read")): Promise<string> =>
  (await api.request("GET", "/metrics", { key })).text;

/** Returns the value of one line, found by its name and labels. */
const sample = (text: string, line: string): number | undefined => {
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length));
};

describe("/metrics", () => {
  it("counts every leg once by its outcome and venue, though it is confirmed first and final later", async () => {
    const text = await scrape();
    expect(sample(text, 'cto_legs_total{outcome="landed",venue="jupiter"}')).toBe(3);
    expect(sample(text, 'cto_landing_seconds_count{venue="jupiter"}')).toBe(3);
    expect(sample(text, 'cto_operations_total{status="completed"}')).toBe(1);
    expect(text).not.toMatch(/^cto_resigned_total\{/m);
  });

  it("counts RPC calls by endpoint and method, as the chain itself counts them", async () => {
    const { host } = new URL(api.stage.localnet.rpcUrl);
    const text = await scrape();
    const sent = sample(text, `cto_rpc_requests_total{endpoint="${host}",method="sendTransaction"}`);
    expect(sent).toBeGreaterThanOrEqual(3);
    expect(sent).toBe(worker.ports.chain.stats().calls.sendTransaction);
    expect(sample(text, `cto_rpc_failures_total{endpoint="${host}"}`)).toBe(0);
  });

  it("counts requests by the route's template and the status", async () => {
    const key = api.key("read");
    await api.request("GET", `/v1/operations/${id}`, { key });
    await api.request("GET", "/v1/operations/op_nobody", { key });
    const text = await scrape();
    const line = (status: number) =>
      `cto_http_request_seconds_count{method="GET",route="/v1/operations/:id",status="${status}"}`;
    expect(sample(text, line(200))).toBe(1);
    expect(sample(text, line(404))).toBe(1);
  });

  it("looks up how the queue, the operations and the funding wallets stand", async () => {
    const text = await scrape();
    expect(sample(text, 'cto_queue_jobs{state="waiting"}')).toBe(0);
    expect(sample(text, 'cto_operations_open{status="needs_review"}')).toBe(0);
    expect(sample(text, 'cto_recoveries_open{state="needs_review"}')).toBe(0);
    expect(sample(text, 'cto_halted{scope="everything"}')).toBe(0);
    expect(sample(text, 'cto_funding_wallets{balance="enough"}')).toBe(1);
    expect(sample(text, 'cto_socket_clients{server="this"}')).toBe(0);
  });

  it("names no user, wallet, operation or key", async () => {
    const text = await scrape();
    const { userId, buyers, funding, mint } = api.stage;
    const wallets = [...buyers, funding].flatMap((wallet) => [wallet.id, wallet.address]);
    for (const secret of [id, userId, mint, ...wallets, api.key("read").slice(0, 16)]) {
      expect(text).not.toContain(secret);
    }
  });

  it("answers keys that are bound to no user, or anyone where that was asked for", async () => {
    expect((await api.request("GET", "/metrics")).status).toBe(401);
    expect((await api.request("GET", "/metrics", { key: api.key("read", "alice") })).status).toBe(403);
    const { context } = api.stage;
    const config = { ...context.config, CTO_METRICS_PUBLIC: "1" } as const;
    const open = await buildApp({ ...context, config }, { version: "0.0.0-test", webRoot: "/nowhere" });
    expect((await open.inject({ url: "/metrics" })).statusCode).toBe(200);
    await open.close();
  });

  it("of a worker is shown on a port of its own", async () => {
    const port = await openMetricsPort(metrics, { host: "127.0.0.1", port: 0 });
    const answer = await fetch(port.url);
    expect(sample(await answer.text(), 'cto_legs_total{outcome="landed",venue="jupiter"}')).toBe(3);
    expect((await fetch(new URL("/", port.url))).status).toBe(404);
    await port.close();
  });
});
