/**
 * Tests the trace of an operation, from enqueue through BullMQ to each attempt, in a collector that speaks OTLP/HTTP.
 */
import { once } from "node:events";
import { context, diag, trace } from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openWorker } from "../../src/queue/queues.ts";
import {
  collectorOf,
  startTracing,
  type Tracing,
  tracingProblems,
} from "../../src/runtime/tracing/start-tracing.ts";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { runCli } from "../cli/run-cli.ts";
import { attribute, type CollectedSpan, type Collector, startCollector } from "../support/collector.ts";
import { openStage, type Stage } from "../support/stage.ts";

const SECRET = "a-token-of-the-collector";
let collector: Collector;
let tracing: Tracing | null;
const warnings: string[] = [];

const start = (): Promise<Tracing | null> => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  process.env.OTEL_EXPORTER_OTLP_HEADERS = `authorization=${SECRET}`;
  process.env.OTEL_BSP_SCHEDULE_DELAY = "50";
  return startTracing(process.env, { version: "1", warn: (text) => warnings.push(text) });
};

async function stop(): Promise<void> {
  await tracing?.close();
  trace.disable();
  context.disable();
  diag.disable();
}

beforeAll(async () => {
  collector = await startCollector();
  tracing = await start();
});

afterAll(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) delete process.env[name];
  await stop();
  await collector.close();
});

const request = ({ mint, userId }: Stage) => ({
  userId,
  tokenAddress: mint,
  buyAmount: 0.3,
  mode: "prefunded" as const,
  platform: "auto" as const,
});

const of = (name: string, spans: readonly CollectedSpan[]): CollectedSpan[] =>
  spans.filter((span) => span.name === name);

const isWithin = (span: CollectedSpan, root: CollectedSpan, spans: readonly CollectedSpan[]): boolean =>
  span === root || spans.some((other) => other.spanId === span.parentSpanId && isWithin(other, root, spans));

const orphans = (spans: readonly CollectedSpan[]): CollectedSpan[] => {
  const ids = new Set(["", ...spans.map(({ spanId }) => spanId)]);
  return spans.filter(({ parentSpanId = "" }) => !ids.has(parentSpanId));
};

/** Lets a worker take the user's wake-up and fail with an error. */
async function failOnce({ context: { backend, queue }, userId }: Stage, message: string): Promise<void> {
  const fail = () => Promise.reject(new Error(message));
  const { worker } = openWorker(backend, fail, {
    concurrency: 1,
    lockDuration: 3_000,
    stalledInterval: 3_000,
  });
  const failed = once(worker, "failed");
  const running = worker.run();
  await queue.wakeUser(userId);
  await failed;
  await worker.close();
  await running;
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 25));
}

describe("the trace of an operation", () => {
  it("is one tree for each, whatever woke the worker, and holds no secret", async () => {
    const stage = await openStage({ buyers: 3 });
    const worker = await createCTOWorker({ context: stage.context });
    try {
      // Both operations use the same wake-up of their user.
      const jobs = await Promise.all([1, 2].map(() => enqueue(stage.context, request(stage), 0, {})));
      for (const { jobId } of jobs) expect((await stage.ended(jobId)).status).toBe("completed");
      // A parent span ends, and is sent, after the spans in it.
      await until(
        () => of("cto operation", collector.spans).length >= 2 && orphans(collector.spans).length === 0,
      );
      for (const { jobId } of jobs) {
        const root = of("cto enqueue", collector.spans).find(
          (span) => attribute(span, "cto.operation") === jobId,
        );
        if (root === undefined) throw new Error("nothing says that it was enqueued");
        expect(root.parentSpanId ?? "").toBe("");
        const tree = collector.spans.filter(({ traceId }) => traceId === root.traceId);
        expect(tree.filter((span) => !isWithin(span, root, tree))).toEqual([]);
        expect(of("cto operation", tree)).not.toEqual([]);
        const attempts = of("cto attempt buy", tree);
        expect(attempts.map((span) => attribute(span, "cto.leg")).sort()).toEqual(["1", "2", "3"]);
        expect(new Set(attempts.map((span) => attribute(span, "cto.operation")))).toEqual(new Set([jobId]));
        expect(new Set(attempts.map((span) => attribute(span, "cto.outcome")))).toEqual(new Set(["landed"]));
        const steps = await stage.context.journal.readSteps(jobId);
        const signed = steps.flatMap((step) => step.attempts.map(({ signature }) => signature as string));
        expect(attempts.map((span) => attribute(span, "cto.signature")).sort()).toEqual(signed.sort());
      }
      const names = new Set(collector.spans.map(({ name }) => name));
      expect([...names].sort()).toEqual(
        ["add cto.wake-up", "cto attempt buy", "cto enqueue", "cto operation", "process cto"].sort(),
      );
      const sealed = await stage.context.journal.readSealedKey(stage.funding.id);
      await worker.close();
      await failOnce(stage, `${SECRET} of a failed job`);
      await until(() => collector.text().includes('"job failed"'));
      expect(collector.text()).toContain('"job failed"');
      for (const secret of [SECRET, sealed.sealedKey, stage.env.DATABASE_URL ?? "-"])
        expect(collector.text()).not.toContain(secret);
    } finally {
      await worker.close();
      await stage.close();
    }
  });

  it("begins in the command and is joined by a worker that starts later", async () => {
    const stage = await openStage({ buyers: 1 });
    const given = ["enqueue", stage.userId, stage.mint, "0.3", "--mode", "prefunded", "--json"];
    const { stdout } = await runCli(given, { ...stage.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const { jobId } = z.object({ jobId: z.string() }).parse(JSON.parse(stdout));
    const worker = await createCTOWorker({ context: stage.context });
    try {
      await stage.ended(jobId);
      const mine = (): CollectedSpan[] =>
        collector.spans.filter((span) => attribute(span, "cto.operation") === jobId);
      await until(() => of("cto operation", mine()).length > 0);
      expect(of("cto enqueue", mine())).toHaveLength(1);
      expect(new Set(mine().map(({ traceId }) => traceId)).size).toBe(1);
    } finally {
      await worker.close();
      await stage.close();
    }
  });

  it("disturbs nothing while the collector hangs or is down, and logs that once", async () => {
    collector.hang();
    const stage = await openStage({ buyers: 1 });
    const worker = await createCTOWorker({ context: stage.context });
    try {
      const { jobId } = await enqueue(stage.context, request(stage), 0, {});
      expect((await stage.ended(jobId)).status).toBe("completed");
      await collector.close();
      const second = await enqueue(stage.context, request(stage), 0, {});
      expect((await stage.ended(second.jobId)).status).toBe("completed");
    } finally {
      await worker.close();
      await stage.close();
    }
    const began = Date.now();
    await stop();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(warnings.filter((text) => !text.includes("could not be sent"))).toEqual([]);
    expect(warnings.length).toBeLessThanOrEqual(2);
    expect(warnings.join()).not.toContain(SECRET);
  });
});

describe("tracing", () => {
  it("is off by default, and where the variables say so", () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
    expect(collectorOf({})).toBeNull();
    expect(collectorOf({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toBeNull();
    expect(collectorOf({ ...endpoint, OTEL_TRACES_EXPORTER: "none" })).toBeNull();
    expect(collectorOf(endpoint)?.host).toBe("collector:4318");
    expect(collectorOf({ OTEL_TRACES_EXPORTER: "otlp" })?.host).toBe("localhost:4318");
  });

  it("names the variables that are wrong and never their values", () => {
    const problems = tracingProblems({
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_EXPORTER: "console",
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector-of-mine:4317",
    });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain("collector-of-mine");
  });
});
