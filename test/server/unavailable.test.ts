/**
 * Tests the server while its journal, its queue or its cluster is unavailable: it names the missing part, accepts no
 * request partially, and recovers.
 */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import {
  forgetLocalnetAddress,
  readLocalnetAddress,
  writeLocalnetAddress,
} from "../../src/runtime/cluster-address.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { buildApp } from "../../src/server/app.ts";
import type { ServerApp } from "../../src/server/server-context.ts";
import { createApiKey } from "../../src/services/api-keys.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { type Wire, wireTo } from "../support/wire.ts";

const redisUrl = inject("testRedisUrl");

describe.skipIf(redisUrl === null)("the server", () => {
  let stage: Stage;
  let wires: { journal: Wire; queue: Wire };
  let context: CTOContext;
  let app: ServerApp;
  let headers: Record<string, string>;

  beforeAll(async () => {
    stage = await openStage({ redisUrl: redisUrl ?? "" });
    const { DATABASE_URL, REDIS_URL } = stage.config;
    wires = { journal: await wireTo(DATABASE_URL ?? ""), queue: await wireTo(REDIS_URL ?? "") };
    context = await openContext({
      ...stage.config,
      DATABASE_URL: wires.journal.url,
      REDIS_URL: wires.queue.url,
    });
    app = await buildApp(context, { version: "0.0.0-test", webRoot: "/nowhere" });
    const { secret } = await createApiKey(context, { name: "test", scopes: ["admin"] });
    headers = { authorization: `Bearer ${secret}` };
  });
  afterAll(async () => {
    for (const wire of Object.values(wires)) wire.mend();
    await app.close();
    await context.close();
    await Promise.all(Object.values(wires).map((wire) => wire.close()));
    await stage.close();
  });

  // A test that fails must not break later tests.
  afterEach(() => {
    for (const wire of Object.values(wires)) wire.mend();
  });

  const body = (changes: object = {}) =>
    buildJob({ userId: stage.userId, tokenAddress: stage.mint, ...changes });
  const create = (payload: object = body(), url = "/v1/operations") =>
    app.inject({ method: "POST", url, headers, payload });
  const ready = async () => {
    const answer = await app.inject({ url: "/readyz" });
    const checks = answer.json().checks as Record<string, { ok: boolean; error: string | null }>;
    return {
      status: answer.statusCode,
      away: Object.keys(checks).filter((name) => !checks[name]?.ok),
      checks,
    };
  };
  /** The stage's own journal does not use the proxies. */
  const count = async () => (await stage.context.journal.listOperations({ limit: 100 })).length;
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  it("is ready when all of them answer", async () => {
    await expect.poll(ready).toMatchObject({ status: 200, away: [] });
  });

  it("reports an outage of the queue, accepts nothing, and continues afterwards", async () => {
    wires.queue.cut();
    await expect.poll(ready).toMatchObject({
      status: 503,
      away: ["queue"],
      checks: { queue: { error: "CTO_E_QUEUE_UNAVAILABLE" } },
    });
    const before = await count();
    const refused = await create();
    expect([refused.statusCode, refused.json().code]).toEqual([503, "CTO_E_QUEUE_UNAVAILABLE"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    const batch = await create({ operations: [body()] }, "/v1/operations/batch");
    expect(batch.json().results).toMatchObject([
      { status: 503, problem: { code: "CTO_E_QUEUE_UNAVAILABLE" } },
    ]);
    expect(await count()).toBe(before);
    expect((await app.inject({ url: "/v1/operations", headers })).statusCode).toBe(200);
    wires.queue.mend();
    await until(async () => (await ready()).status === 200);
    expect((await create()).statusCode).toBe(201);
    expect(await count()).toBe(before + 1);
  });

  it("reports an outage of the journal, refuses every key, and continues afterwards", async () => {
    const before = await count();
    wires.journal.cut();
    await expect.poll(ready).toMatchObject({
      status: 503,
      away: ["journal"],
      checks: { journal: { error: "CTO_E_JOURNAL_UNAVAILABLE" } },
    });
    for (const answer of [await create(), await app.inject({ url: "/v1/operations", headers })]) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, "CTO_E_JOURNAL_UNAVAILABLE"]);
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    }
    expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
    wires.journal.mend();
    await expect.poll(ready).toMatchObject({ status: 200 });
    expect(await count()).toBe(before);
    expect((await create()).statusCode).toBe(201);
  });

  it("cancels an operation during an outage of the queue, because the journal decides", async () => {
    const { id } = (await create()).json();
    wires.queue.cut();
    const answer = await app.inject({ method: "POST", url: `/v1/operations/${id}/cancel`, headers });
    expect(answer.json()).toMatchObject({ success: true });
    expect((await stage.context.journal.readOperation(id))?.status).toBe("cancelled");
    wires.queue.mend();
    await until(async () => (await ready()).status === 200);
  });

  it("reports an outage of the cluster, and still accepts operations", async () => {
    const address = await readLocalnetAddress(stage.config);
    if (address === null) throw new Error("the stage has no localnet");
    await forgetLocalnetAddress(stage.config);
    await expect.poll(ready).toMatchObject({ status: 503, away: ["cluster"] });
    expect((await create()).statusCode).toBe(201);
    const estimate = await create(body(), "/v1/operations/estimate");
    expect([estimate.statusCode, estimate.json().code]).toEqual([503, "CTO_E_CONFIG_NO_CLUSTER"]);
    await writeLocalnetAddress(stage.config, address);
    await expect.poll(ready).toMatchObject({ status: 200 });
  });
});
