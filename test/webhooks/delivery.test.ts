/** Tests webhooks with a real journal and queue. The receiver checks the signatures with the standard's own library. */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { address, lamports, signature } from "@solana/kit";
import { pino } from "pino";
import { Webhook as Standard } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { OperationEvent } from "../../src/engine/ports.ts";
import { attemptOf, requestOf } from "../../src/journal/contract/harness.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { openSecretBox } from "../../src/runtime/secrets.ts";
import { rotateKeys } from "../../src/services/keys.ts";
import { deliverLane } from "../../src/services/webhooks/deliver.ts";
import { queueDeliveries } from "../../src/services/webhooks/queue-deliveries.ts";
import {
  addWebhook,
  changeWebhook,
  redeliver,
  removeWebhook,
  rotateWebhookSecret,
  testWebhook,
} from "../../src/services/webhooks/registry.ts";
import { startWebhooks } from "../../src/worker/webhooks.ts";
import { jsonOf, runCli } from "../cli/run-cli.ts";
import { testDatabase } from "../support/postgres.ts";
import { hasRedisServer, startRedisServer } from "../support/redis.ts";
import { startWorkerProcess } from "../support/worker-process.ts";

type Heard = { readonly id: string; readonly type: string; readonly data: Record<string, unknown> };

let context: CTOContext;
let env: Record<string, string>;
let server: Server;
let url: string;
/** The requests in their order. `answer` returns the status for each. */
let requests: { id: string; body: string; headers: Record<string, string> }[];
let answer: (count: number) => number | Promise<number>;
let retryAfter: string | undefined;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), "cto-webhooks-"));
  const database = await testDatabase();
  env = {
    CTO_HOME: home,
    DATABASE_URL: database.connectionString,
    CTO_WEBHOOKS_ALLOW_PRIVATE: "1",
    CTO_LOG: "silent",
    ENCRYPTION_SECRET: "a secret of the webhooks' test",
  };
  context = await openContext(readConfig(env));
  requests = [];
  answer = () => 204;
  retryAfter = undefined;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", async () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      requests.push({ id: headers["webhook-id"] ?? "", body, headers });
      if (request.url?.endsWith("/silent")) return;
      const status = await answer(requests.length);
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  await context.journal.addUser({ id: "alice" });
  closers.push(
    () => rm(home, { recursive: true, force: true }),
    () => database.drop(),
    () => context.close(),
    async () => {
      server.closeAllConnections();
      server.close();
    },
  );
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const accept = (id: string) =>
  context.journal.createOperation({ id, request: requestOf({ userId: "alice" }) });
const append = (id: string, event: OperationEvent) => context.journal.appendEvent(id, event);
const started: OperationEvent = { type: "phase", phase: "started", label: "begun", progress: 10 };
const leg = (index: number, status: "in_flight" | "confirmed" | "finalized" | "failed"): OperationEvent => ({
  type: "leg",
  leg: index,
  address: address("11111111111111111111111111111111"),
  lamports: lamports(7n),
  status,
  progress: 70,
  ...(status === "failed"
    ? { failure: { code: "CTO_E_X", message: "it failed" } }
    : { signature: signature(attemptOf(1, `leg ${index}`).signature), slot: 9n }),
});
const result = (status: "completed" | "needs_review"): OperationEvent => ({
  type: "result",
  status,
  progress: 100,
});

/** Writes a whole operation: seven events, of which four become messages. */
async function operation(id: string): Promise<void> {
  await accept(id);
  const events = [
    started,
    leg(1, "in_flight"),
    leg(1, "confirmed"),
    leg(2, "failed"),
    result("completed"),
    leg(1, "finalized"),
  ];
  for (const event of events) await append(id, event);
}
const TYPES = ["operation.started", "leg.landed", "leg.failed", "operation.completed"];

/** Returns what a receiver has processed, if it verifies each request and skips ids that it knows. */
function processed(secret: string, isLost = (count: number) => Number(answer(count)) >= 300): Heard[] {
  const seen = new Map<string, Heard>();
  for (const [at, { id, body, headers }] of requests.entries()) {
    if (id.startsWith("msg_silent")) continue;
    const { type, data } = new Standard(secret).verify(body, headers) as Omit<Heard, "id">;
    if (!isLost(at + 1) && !seen.has(id)) seen.set(id, { id, type, data });
  }
  return [...seen.values()];
}

async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
const ended = async (id: string) =>
  (await context.journal.listDeliveries(id, 100)).every(({ status }) => status !== "pending");
const options = async (retriesMs: readonly number[] = [0, 0, 0]) => ({
  secretBox: await openSecretBox(context.config),
  retriesMs,
});

/** Many retries. Requests of other lanes come between, so that the same delivery may be lost many times. */
const MANY: readonly number[] = Array.from({ length: 100 }, () => 1);

describe("webhooks", () => {
  it("reach a receiver that loses every second request: each event once, in order, from two workers", async () => {
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    answer = (count) => (count % 2 === 1 ? 503 : 200);
    const start = () => startWebhooks(context, pino({ level: "silent" }), { everyMs: 50, retriesMs: MANY });
    const workers = [start(), start()];
    closers.push(...workers.map((worker) => () => worker.stop()));
    const ids = ["op_a", "op_b", "op_c"];
    await Promise.all(ids.map(operation));
    await until(async () => (await context.journal.listDeliveries(webhook.id, 100)).length === 12);
    await workers[0]?.stop(); // The other worker continues its work.
    await until(() => ended(webhook.id));
    const heard = processed(secret);
    for (const id of ids) {
      const own = heard.filter(({ data }) => data.operationId === id);
      expect(own.map(({ type }) => type)).toEqual(TYPES);
      expect(own[1]?.data).toMatchObject({ userId: "alice", leg: 1, lamports: "7", slot: "9", seq: 3 });
      expect(own[2]?.data).toMatchObject({ failure: { code: "CTO_E_X", message: "it failed" } });
      expect(own[3]?.data).toMatchObject({ status: "completed" });
    }
    expect(heard).toHaveLength(12);
    expect(requests.length).toBeGreaterThan(12);
  });

  it("reach it each once and in order when both workers are killed with requests in flight", async () => {
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    const start = () => startWorkerProcess(env, undefined, "test/support/webhook-worker.child.ts");
    const workers = await Promise.all([start(), start()]);
    const kill = () => Promise.all(workers.splice(0).map((worker) => worker.kill("SIGKILL")));
    closers.push(kill);
    const KILLED_AT = 5;
    let killing: Promise<unknown> | undefined;
    // Every second request is lost. The workers die while these requests wait for their answers.
    answer = async (count) => {
      if (count === KILLED_AT) killing = kill();
      if (count >= KILLED_AT) await killing;
      return count % 2 === 1 ? 503 : 200;
    };
    const ids = ["op_a", "op_b", "op_c"];
    await Promise.all(ids.map(operation));
    await until(() => killing !== undefined);
    await killing;
    const before = requests.length;
    workers.push(...(await Promise.all([start(), start()])));
    await until(async () => (await context.journal.listDeliveries(webhook.id, 100)).length === 12);
    await until(() => ended(webhook.id));
    const heard = processed(secret, (count) => count % 2 === 1);
    for (const id of ids)
      expect(heard.filter(({ data }) => data.operationId === id).map(({ type }) => type)).toEqual(TYPES);
    expect(heard).toHaveLength(12);
    // An odd request was certainly lost, and a request in flight at the kill was sent again.
    expect(requests.slice(before).map(({ id }) => id)).toContain(requests[KILLED_AT - 1]?.id);
  });

  it("are made of the journal: a crash before the mark, or after it, loses and doubles none", async () => {
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url, events: ["leg.landed"] });
    await operation("op_a");
    // A worker that dies before it sets its mark.
    const dying = { ...context.journal, markQueued: () => Promise.reject(new Error("killed")) };
    await expect(queueDeliveries({ journal: dying })).rejects.toThrow("killed");
    await queueDeliveries(context);
    await queueDeliveries(context);
    const [delivery, ...others] = await context.journal.listDeliveries(webhook.id, 100);
    expect([delivery?.type, others]).toEqual(["leg.landed", []]);
    // A worker that dies after its claim. While the claim holds, other workers send nothing. Afterwards they
    // send the message.
    const id = delivery?.id ?? "";
    const lane = delivery?.lane ?? "";
    const claim = { status: "pending", tries: 1, dueAt: new Date(Date.now() + 60_000) } as const;
    await context.journal.changeDelivery(id, 0, claim);
    await deliverLane(context, lane, await options());
    expect(requests).toEqual([]);
    await context.journal.changeDelivery(id, 1, { ...claim, dueAt: new Date(0) });
    await deliverLane(context, lane, await options());
    expect(processed(secret).map((each) => each.id)).toEqual([id]);
    expect(await context.journal.readDelivery(id)).toMatchObject({ status: "delivered", answer: "HTTP 204" });
  });

  it("are given up after the last try, wait for those before them, and are sent again by hand", async () => {
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    await operation("op_a");
    await append("op_a", result("needs_review"));
    await append("op_a", {
      type: "incident",
      leg: 1,
      address: address("11111111111111111111111111111111"),
      received: 5n,
      least: 7n,
      signature: signature(attemptOf(1, "leg 1").signature),
      slot: 9n,
      failure: { code: "CTO_E_X", message: "too little" },
      progress: 100,
    });
    await queueDeliveries(context);
    answer = (count) => (count <= 3 ? 500 : 200);
    const lane = `${webhook.id}-op_a`;
    await deliverLane(context, lane, await options([60_000]));
    await deliverLane(context, lane, await options([60_000]));
    expect(requests).toHaveLength(1); // The first delivery rests, and the later ones wait for it.
    expect(await context.journal.listDueLanes(new Date(), 9)).toEqual([]);
    const [first] = (await context.journal.listDeliveries(webhook.id, 9)).reverse();
    await context.journal.changeDelivery(first?.id ?? "", 2, {
      status: "pending",
      tries: 1,
      dueAt: new Date(0),
    });
    for (let round = 0; round < 3; round += 1) await deliverLane(context, lane, await options([0, 0]));
    const log = (await context.journal.listDeliveries(webhook.id, 9)).reverse();
    expect(log.map(({ type, status, tries, answer: said }) => [type, status, tries, said])).toEqual([
      ["operation.started", "failed", 3, "HTTP 500"],
      ["leg.landed", "delivered", 1, "HTTP 200"],
      ["leg.failed", "delivered", 1, "HTTP 200"],
      ["operation.completed", "delivered", 1, "HTTP 200"],
      ["operation.needs_review", "delivered", 1, "HTTP 200"],
      ["operation.incident", "delivered", 1, "HTTP 200"],
    ]);
    const incident = processed(secret).at(-1);
    expect(incident?.data).toMatchObject({ leg: 1, received: "5", least: "7", slot: "9" });
    await redeliver(context, first?.id ?? "");
    await deliverLane(context, lane, await options());
    expect(processed(secret).at(-1)).toMatchObject({ id: first?.id, type: "operation.started" });
    await expect(redeliver(context, "msg_none")).rejects.toMatchObject({ code: "CTO_E_DELIVERY_UNKNOWN" });
  });

  it("leave a worker's places to others, however much waits for a user, and lose no try when it stops", async () => {
    const silent = await addWebhook(context, { userId: "alice", url: `${url}/silent` });
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    const SLOTS_AND_MORE = 40;
    const write = (webhookId: string, name: string) =>
      context.journal.writeDeliveries(
        Array.from({ length: SLOTS_AND_MORE }, (_, at) => ({
          id: `msg_${name}_${at}`,
          webhookId,
          lane: `${webhookId}-${at}`,
          position: 0,
          type: "leg.landed" as const,
          payload: "{}",
        })),
      );
    await write(silent.webhook.id, "silent");
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    const long = { everyMs: 50, timeoutMs: 60_000, retriesMs: [] };
    const worker = startWebhooks(context, pino({ level: "silent" }), long);
    closers.push(() => worker.stop());
    await until(() => requests.length > 0);
    await operation("op_a");
    await until(() => processed(secret).length === TYPES.length);
    await until(() => ended(webhook.id));
    const sent = () => new Set(requests.map(({ id }) => id).filter((id) => id.startsWith("msg_silent"))).size;
    expect(sent()).toBeLessThanOrEqual(4);
    // It has answered well, and may have all places of its user. It answers nothing any more now.
    let held = 0;
    answer = () => {
      held += 1;
      return new Promise<never>(() => undefined);
    };
    await write(webhook.id, "more");
    await until(() => held + sent() === 16);
    await context.journal.addUser({ id: "bob" });
    const bobs = await addWebhook(context, { userId: "bob", url });
    const test = await testWebhook(context, bobs.webhook.id);
    await until(() => requests.some(({ id }) => id === test));
    expect(held + sent()).toBe(17);
    await worker.stop();
    process.off("warning", warned);
    expect(warnings).toEqual([]);
    const logs = [silent.webhook.id, webhook.id, bobs.webhook.id].map((id) =>
      context.journal.listDeliveries(id, 100),
    );
    const left = (await Promise.all(logs)).flat().filter(({ status }) => status !== "delivered");
    expect(left).toHaveLength(2 * SLOTS_AND_MORE + TYPES.length + 1);
    expect(new Set(left.map(({ status, tries }) => `${status} ${tries}`))).toEqual(new Set(["pending 0"]));
    expect(left.every(({ dueAt }) => dueAt <= new Date())).toBe(true);
  });

  it.skipIf(!hasRedisServer())("go on where Redis dies and comes back empty", async () => {
    const redis = await startRedisServer();
    if (redis === null) throw new Error("no redis");
    const onRedis = await openContext(readConfig({ ...env, REDIS_URL: redis.url }));
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    const worker = startWebhooks(onRedis, pino({ level: "silent" }), {
      everyMs: 50,
      retriesMs: MANY,
      lockMs: 1_000,
    });
    let again: Awaited<ReturnType<typeof startRedisServer>> = null;
    let died: Promise<void> | undefined;
    try {
      // It dies while the second request is under way, with a job for each operation.
      answer = async (count) => {
        if (count === 2) died = redis.kill();
        await died;
        return 200;
      };
      const ids = ["op_a", "op_b", "op_c"];
      await Promise.all(ids.map(operation));
      await until(() => died !== undefined);
      await died;
      again = await startRedisServer(["--port", String(redis.port)]);
      await until(async () => (await context.journal.listDeliveries(webhook.id, 100)).length === 12);
      await until(() => ended(webhook.id));
      for (const id of ids) {
        const own = processed(secret, () => false).filter(({ data }) => data.operationId === id);
        expect(own.map(({ type }) => type)).toEqual(TYPES);
      }
    } finally {
      await worker.stop();
      await onRedis.close();
      await again?.stop();
      await redis.stop();
    }
  });

  it("are tried eleven times over 24 hours, and never before they are due", async () => {
    const { webhook } = await addWebhook(context, { userId: "alice", url });
    const id = await testWebhook(context, webhook.id);
    answer = () => 500;
    const delivering = { secretBox: await openSecretBox(context.config) };
    const deliver = () => deliverLane(context, `${webhook.id}-${id}`, delivering);
    const read = async () => (await context.journal.readDelivery(id)) ?? expect.fail();
    const began = Date.now();
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      await deliver();
      for (let found = await read(); found.status === "pending"; found = await read()) {
        const tries = requests.length;
        vi.setSystemTime(found.dueAt.getTime() - 1);
        await deliver();
        expect(requests).toHaveLength(tries);
        vi.setSystemTime(found.dueAt.getTime());
        await deliver();
      }
      expect(await read()).toMatchObject({ status: "failed", tries: 11, answer: "HTTP 500" });
      expect(Math.round((Date.now() - began) / 3_600_000)).toBe(24);
    } finally {
      vi.useRealTimers();
    }
    expect(new Set(requests.map((each) => each.id))).toEqual(new Set([id]));
    expect(requests).toHaveLength(11);
  });

  it("wait as long as a busy receiver asks for, but no longer than an hour, and no shorter than their own rest", async () => {
    const { webhook } = await addWebhook(context, { userId: "alice", url });
    const id = await testWebhook(context, webhook.id);
    const lane = `${webhook.id}-${id}`;
    const MINUTE_MS = 60_000;
    for (const [status, asks, minutes] of [
      [429, "300", 5],
      [503, "999999999", 60],
      [429, "0", 1],
      [429, "-5", 1],
      [500, "300", 1],
      [503, "soon", 1],
      [302, "300", 1],
    ] as const) {
      answer = () => status;
      retryAfter = asks;
      const { version } = (await context.journal.readDelivery(id)) ?? expect.fail();
      const due = { status: "pending", tries: 0, dueAt: new Date(0) } as const;
      await context.journal.changeDelivery(id, version, due);
      const before = Date.now();
      await deliverLane(context, lane, await options([MINUTE_MS]));
      const { dueAt, answer: said } = (await context.journal.readDelivery(id)) ?? expect.fail();
      expect([said, Math.round((dueAt.getTime() - before) / MINUTE_MS)]).toEqual([
        status === 302 ? expect.stringContaining("only 307 and 308") : `HTTP ${status}`,
        minutes,
      ]);
    }
    // A receiver that accepts the request and never answers.
    await changeWebhook(context, webhook.id, { url: `${url}/silent` });
    await redeliver(context, id);
    await deliverLane(context, lane, { ...(await options([MINUTE_MS])), timeoutMs: 200 });
    expect(await context.journal.readDelivery(id)).toMatchObject({ answer: "no answer in time" });
  });

  it("end at once where the receiver answers 410, and say in the log that a secret does not open", async () => {
    const { webhook } = await addWebhook(context, { userId: "alice", url });
    answer = () => 410;
    const gone = await testWebhook(context, webhook.id);
    await deliverLane(context, `${webhook.id}-${gone}`, await options([60_000]));
    expect(await context.journal.readDelivery(gone)).toMatchObject({ status: "failed", answer: "HTTP 410" });
    requests.length = 0;
    const id = await testWebhook(context, webhook.id);
    const config = readConfig({ ...env, ENCRYPTION_SECRET: "the secret of quite another installation" });
    const wrong = { secretBox: await openSecretBox(config), retriesMs: [60_000] };
    await deliverLane(context, `${webhook.id}-${id}`, wrong);
    const tried = await context.journal.readDelivery(id);
    expect(tried).toMatchObject({ status: "pending", tries: 1, answer: expect.stringContaining("secret") });
    expect(tried?.dueAt.getTime()).toBeGreaterThan(Date.now() + 40_000);
    expect(requests).toEqual([]);
  });

  it("are sent once more at once, also where they are requested while a try of theirs fails", async () => {
    const { webhook } = await addWebhook(context, { userId: "alice", url });
    const id = await testWebhook(context, webhook.id);
    answer = async (count) => {
      if (count > 1) return 200;
      await redeliver(context, id);
      return 500;
    };
    await deliverLane(context, `${webhook.id}-${id}`, await options([3_600_000]));
    expect(await context.journal.readDelivery(id)).toMatchObject({ status: "delivered", tries: 1 });
    expect(requests).toHaveLength(2);
  });

  it("sign with both secrets for a day after a rotation, and survive one of the installation's secret", async () => {
    const { webhook, secret } = await addWebhook(context, { userId: "alice", url });
    const next = await rotateWebhookSecret(context, webhook.id);
    const rotatedEnv = { ...env, ENCRYPTION_SECRET: "the next secret of the installation" };
    const both = readConfig({ ...rotatedEnv, ENCRYPTION_SECRET_PREVIOUS: env.ENCRYPTION_SECRET });
    expect((await rotateKeys({ ...context, config: both })).wallets).toBe(0);
    const after = { ...context, config: readConfig(rotatedEnv) };
    const id = await testWebhook(after, webhook.id);
    await deliverLane(after, `${webhook.id}-${id}`, { secretBox: await openSecretBox(after.config) });
    for (const each of [secret, next]) expect(processed(each)).toMatchObject([{ id, type: "webhook.test" }]);
    expect(() => processed(`whsec_${Buffer.alloc(32).toString("base64")}`)).toThrow();
    await rotateWebhookSecret(after, webhook.id);
    const second = await testWebhook(after, webhook.id);
    requests.length = 0;
    await deliverLane(after, `${webhook.id}-${second}`, { secretBox: await openSecretBox(after.config) });
    // The first secret is still valid for a day. A second rotation does not shorten that.
    for (const each of [secret, next]) expect(processed(each)).toHaveLength(1);
  });

  it("go nowhere once they are removed, nor to a private address that is not allowed", async () => {
    const { webhook } = await addWebhook(context, { userId: "alice", url });
    await operation("op_a");
    await queueDeliveries(context);
    const strict = { ...context, config: readConfig({ ...env, CTO_WEBHOOKS_ALLOW_PRIVATE: "0" }) };
    const lane = `${webhook.id}-op_a`;
    await deliverLane(strict, lane, await options([]));
    const [newest] = await context.journal.listDeliveries(webhook.id, 1);
    await redeliver(context, newest?.id ?? "");
    await removeWebhook(context, webhook.id);
    await deliverLane(context, lane, await options());
    expect(requests).toEqual([]);
    const said = (await context.journal.listDeliveries(webhook.id, 9)).map(({ answer: each }) => each);
    const notHttps = "refused: the URL is not https (a worker allows it with CTO_WEBHOOKS_ALLOW_PRIVATE=1)";
    expect(new Set(said)).toEqual(new Set(["the webhook was removed", notHttps]));
    // What would never be sent is not accepted.
    await expect(redeliver(context, newest?.id ?? "")).rejects.toMatchObject({
      code: "CTO_E_WEBHOOK_UNKNOWN",
    });
    await expect(testWebhook(context, webhook.id)).rejects.toMatchObject({ code: "CTO_E_WEBHOOK_UNKNOWN" });
    const remedies = new Set<string>();
    // Each row has the causes that have one remedy.
    for (const [remedy, ...urls] of [
      [
        /whole address/,
        "https://example.org/\u001b[2K",
        "https://example.org/\nwh_other",
        "ftp://x",
        "no",
        "x".repeat(2_001),
      ],
      [/ALLOW_PRIVATE/, "https://localhost/x", "https://10.0.0.1/"],
      [/begins with https.*ALLOW_PRIVATE/, "http://example.org/"],
      [/Remove the user name/, "https://a:b@example.org/"],
    ] as const) {
      for (const bad of urls) {
        const refused = await addWebhook(strict, { userId: "alice", url: bad }).catch((error) => error);
        expect(refused, bad).toMatchObject({
          code: "CTO_E_WEBHOOK_INVALID",
          remedy: expect.stringMatching(remedy),
        });
        remedies.add(refused.remedy);
      }
    }
    expect(remedies.size).toBe(4);
    const wrong = { userId: "alice", url, events: ["leg.won"] };
    await expect(addWebhook(context, wrong)).rejects.toMatchObject({
      code: "CTO_E_WEBHOOK_INVALID",
      remedy: expect.stringContaining("event types"),
    });
    await expect(addWebhook(context, { userId: "bob", url })).rejects.toMatchObject({
      code: "CTO_E_USER_UNKNOWN",
    });
    for (let count = 0; count < 19; count += 1)
      await context.journal.addWebhook({ ...webhook, id: `wh_${count}`, secrets: "" });
    // Twenty are the most, also where several are added at once.
    const adding = Array.from({ length: 3 }, () => addWebhook(context, { userId: "alice", url }));
    const added = (await Promise.allSettled(adding)).filter(({ status }) => status === "fulfilled");
    expect(added).toHaveLength(1);
    await expect(addWebhook(context, { userId: "alice", url })).rejects.toMatchObject({
      message: expect.stringContaining("20 webhooks already"),
      remedy: expect.stringContaining("`cto webhooks remove`"),
    });
    await removeWebhook(context, "wh_1");
    await addWebhook(context, { userId: "alice", url });
  });

  it("get no event from before they were added, and are managed by the command line", async () => {
    await operation("op_old");
    const added = (await jsonOf(["webhooks", "add", "alice", url], env)) as {
      webhook: { id: string };
      secret: string;
    };
    const { id } = added.webhook;
    await queueDeliveries(context);
    expect(await context.journal.listDeliveries(id, 9)).toEqual([]);
    await runCli(["webhooks", "test", id], env);
    const [pending] = await context.journal.listDeliveries(id, 9);
    await deliverLane(context, pending?.lane ?? "", await options());
    expect(processed(added.secret)).toMatchObject([{ type: "webhook.test" }]);
    const log = await runCli(["webhooks", "deliveries", id], env);
    const unknown = await runCli(["webhooks", "deliveries", "wh_none"], env);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("CTO_E_WEBHOOK_UNKNOWN") });
    const lost = await runCli(["webhooks", "deliveries", id, "--before", "msg_none"], env);
    expect(lost).toMatchObject({ code: 2, stderr: expect.stringContaining("CTO_E_USAGE") });
    expect(log.stdout).toContain("delivered");
    expect(log.stdout).not.toContain(added.secret);
    const [last, before] = await Promise.all([
      jsonOf(["webhooks", "change", id, "--url", `${url}/new`, "--events", "balance.low"], env),
      jsonOf(["webhooks", "deliveries", id, "--before", pending?.id ?? ""], env),
    ]);
    expect(last).toMatchObject({ url: `${url}/new`, events: ["balance.low"] });
    expect(before).toEqual([]);
    await expect(changeWebhook(context, id, { url: "ftp://x" })).rejects.toMatchObject({
      code: "CTO_E_WEBHOOK_INVALID",
    });
    await expect(changeWebhook(context, id, {})).rejects.toMatchObject({ code: "CTO_E_WEBHOOK_INVALID" });
    await expect(changeWebhook(context, "wh_none", { events: ["leg.failed"] })).rejects.toMatchObject({
      code: "CTO_E_WEBHOOK_UNKNOWN",
    });
    const recorded = (await context.journal.readAudit(0, 100)).map(({ action }) => action);
    expect(recorded).toEqual(["webhook.added", "webhook.tested", "webhook.changed"]);
  });
});
