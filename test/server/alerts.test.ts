/**
 * Tests every alert rule with the metrics of a real server and a real worker: it is silent without a fault, and fires
 * for its fault.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createMetrics } from "../../src/runtime/metrics.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { buildApp } from "../../src/server/app.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { noteSigningWaits } from "../../src/services/signing-waits.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { measureWorker } from "../../src/worker/measure-worker.ts";
import { asksForMore } from "../support/asks-for-more.ts";
import { fires, parseMetrics, type Sample, type Scrape } from "../support/promql.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(z.object({ alert: z.string(), expr: z.string(), for: z.string().optional() })),
      }),
    ),
  })
  .parse(parse(readFileSync("deploy/prometheus/alerts.yml", "utf8")))
  .groups.flatMap((group) => group.rules);
const NAMES = rules.map(({ alert }) => alert);

let api: TestApi;
let worker: CTOWorker | undefined;
const metrics = createMetrics();

beforeAll(async () => {
  api = await openTestApi({
    buyers: 2,
    server: { metrics, version: "0" },
    config: { CTO_METRICS_PUBLIC: "1" },
  });
});
afterAll(async () => {
  await worker?.close();
  await api.close();
});

const scrape = async (): Promise<Sample[]> => parseMetrics((await api.request("GET", "/metrics")).text);

/** Returns the alerts that fire. The scrapes are one minute apart, and the last one is repeated 21 times. */
const firing = (...scrapes: readonly (readonly Sample[])[]): string[] => {
  const last = scrapes.at(-1) ?? [];
  const made: Scrape[] = [...scrapes, ...Array.from({ length: 21 }, () => last)].map((samples, index) => ({
    at: index * 60,
    samples,
  }));
  return rules.filter((rule) => fires(rule, made)).map(({ alert }) => alert);
};

const order = () =>
  enqueue(
    api.stage.context,
    {
      userId: api.stage.userId,
      tokenAddress: api.stage.mint,
      buyAmount: 0.2,
      mode: "prefunded",
      platform: "auto",
    },
    0,
    {},
  );

const startWorker = async (wrap = (ports: WorkerPorts) => ports): Promise<void> => {
  worker = await createCTOWorker({
    context: api.stage.context,
    wrapPorts: (ports) => measureWorker(metrics)(wrap(ports)),
  });
};

/** Waits until an operation's transactions are final and its deliveries are checked. */
const settled = (id: string): Promise<void> =>
  vi.waitUntil(async () => (await api.stage.context.journal.readOperation(id))?.settled, 60_000).then();

describe("the alerts", () => {
  it("are seven, each fired below", () => {
    expect(NAMES).toEqual([
      "CTONeedsReview",
      "CTOHalted",
      "CTOIncident",
      "CTOFundingWalletLow",
      "CTOUsersWait",
      "CTOEndpointFails",
      "CTOMetricsGone",
    ]);
  });

  it("fire by their faults alone", async () => {
    const { stage } = api;
    const quiet = await scrape();
    expect(firing(quiet)).toEqual([]);

    // No worker has ever run, so no operation has ended, and the counter does not exist yet.
    const { jobId } = await order();
    expect(firing(await scrape())).toEqual(["CTOUsersWait"]);

    // A worker runs it. No alert fires, although the next scrape may find an operation under way.
    const waiting = await scrape();
    await startWorker();
    await stage.ended(jobId);
    const worked = await scrape();
    expect(firing(waiting, worked)).toEqual([]);
    await worker?.close();

    // The same with a counter that exists and does not increase.
    const second = await order();
    expect(firing(worked, await scrape())).toEqual(["CTOUsersWait"]);

    // The endpoint fails while a worker needs it.
    const rule = rules.find(({ alert }) => alert === "CTOEndpointFails") ?? expect.fail();
    const well = [0, 1, 2, 3, 4, 5].map((minute) => ({ at: minute * 60, samples: worked }));
    await startWorker();
    stage.localnet.faults.intercept = () => ({ httpStatus: 503 });
    expect(fires(rule, [...well, ...(await everyMinuteWorse(6))])).toBe(true);
    expect(fires(rule, well)).toBe(false);
    await worker?.close();
    stage.localnet.faults.intercept = undefined;

    // A leg of it receives less than it was signed for.
    const before = await scrape();
    await startWorker(asksForMore);
    const { journal } = stage.context;
    for (const id of [jobId, second.jobId]) await settled(id);
    await worker?.close();
    const short = await scrape();
    expect(firing(before, short)).toEqual(["CTOIncident"]);
    expect(firing(short)).toEqual([]);

    // Somebody, or a worker, halts everything.
    await halt(stage.context, "a test");
    expect(firing(await scrape())).toEqual(["CTOHalted"]);
    await resume(stage.context);

    // No halt, but no worker signs.
    await noteSigningWaits(stage.context, "CTO_E_JOURNAL_AGE_UNKNOWN: a test");
    expect(firing(await scrape())).toEqual(["CTOHalted"]);
    await noteSigningWaits(stage.context, null);

    // A step that no endpoint could decide waits for a person: of a recovery, and of an operation.
    const third = await order();
    const lease = (await journal.acquireLease(stage.userId, "test", 60_000)) ?? expect.fail();
    await journal.requestRecovery(jobId);
    await journal.changeRecovery(jobId, lease, { state: "needs_review" });
    expect(firing(await scrape())).toContain("CTONeedsReview");
    await journal.changeRecovery(jobId, lease, { state: "done" });
    expect(firing(await scrape())).not.toContain("CTONeedsReview");
    await journal.changeOperation(third.jobId, lease, { status: "needs_review" });
    expect(firing(await scrape())).toContain("CTONeedsReview");
    await journal.releaseLease(lease);
  });

  it("fire for a funding wallet without money, and for a journal that cannot be read", async () => {
    const poor = await openTestApi({ buyers: 1, fundingSol: 0n, config: { CTO_METRICS_PUBLIC: "1" } });
    try {
      const look = async (): Promise<Sample[]> => parseMetrics((await poor.request("GET", "/metrics")).text);
      expect(firing(await look())).toEqual(["CTOFundingWalletLow"]);
      const { context } = poor.stage;
      const away = () => Promise.reject(new Error("away"));
      const config = { ...context.config, CTO_METRICS_PUBLIC: "1" as const };
      const journal = Object.assign(Object.create(context.journal), {
        listOperations: away,
        listUsers: away,
      });
      const app = await buildApp({ ...context, config, journal }, { version: "0", webRoot: "/nowhere" });
      const blind = parseMetrics((await app.inject({ url: "/metrics" })).payload);
      expect(firing(blind)).toEqual(["CTOMetricsGone"]);
      await app.close();
    } finally {
      await poor.close();
    }
    // No server runs, so there are no metrics.
    expect(firing([])).toEqual(["CTOMetricsGone"]);
  });
});

/** Makes scrapes one minute apart, with more failed requests of the worker in each. */
async function everyMinuteWorse(minutes: number): Promise<Scrape[]> {
  const made: Scrape[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const asked = (samples: readonly Sample[]): number =>
      samples.find(({ name }) => name === "cto_rpc_failures_total")?.value ?? 0;
    const last = asked(made.at(-1)?.samples ?? []);
    let samples = await scrape();
    const end = Date.now() + 20_000;
    while (asked(samples) <= last && Date.now() < end) samples = await scrape();
    made.push({ at: (6 + minute) * 60, samples });
  }
  return made;
}
