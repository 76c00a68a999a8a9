/** Tests creating, estimating, watching, cancelling and retrying operations over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const body = (changes: object = {}) =>
  buildJob({ userId: "alice", userChatId: 7, tokenAddress: api.stage.mint, ...changes });

describe("POST /v1/operations", () => {
  it("accepts an operation, and answers the same one when asked again with its key", async () => {
    const key = api.key("operate", "alice");
    const headers = { "idempotency-key": "order-1" };
    const first = await api.request("POST", "/v1/operations", { key, headers, body: body() });
    expect(first.status, first.text).toBe(201);
    expect(first.headers.location).toBe(`/v1/operations/${first.body.id}`);
    expect(first.body).toMatchObject({
      status: "waiting",
      buyLamports: "300000000",
      idempotencyKey: "order-1",
      receiptUrl: `/r/${first.body.id}`,
      failure: null,
      halted: null,
      totals: { legs: 0, landed: 0, spentLamports: "0", needsReview: false },
    });
    expect(await api.stage.context.queue.state("alice")).toBe("waiting");

    const again = await api.request("POST", "/v1/operations", { key, headers, body: body() });
    expect(again.status).toBe(200);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body).toEqual(first.body);

    const other = await api.request("POST", "/v1/operations", { key, headers, body: body({ buyAmount: 1 }) });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: "CTO_E_IDEMPOTENCY_KEY_REUSED", status: 409 });
  });

  it.each([
    [{ mode: "mixed" }, 400, "CTO_E_MODE_UNKNOWN"],
    [{ buyAmount: -1 }, 400, "CTO_E_AMOUNT_INVALID"],
    [{ buyAmount: 0.00000000001 }, 400, "CTO_E_AMOUNT_INVALID"],
    [{ buyAmount: "1000000000" }, 422, "CTO_E_AMOUNT_ABOVE_LIMIT"],
    [{ tokenAddress: "x" }, 400, "CTO_E_TOKEN_ADDRESS_INVALID"],
    [{ userId: "nobody" }, 404, "CTO_E_USER_UNKNOWN"],
    [{ weights: [1, 2] }, 422, "CTO_E_WEIGHTS_INVALID"],
    [{ surprise: true }, 400, "CTO_E_REQUEST_INVALID"],
    [{ userChatId: "7" }, 400, "CTO_E_REQUEST_INVALID"],
  ])("refuses %j with %i %s, and accepts nothing", async (changes, status, code) => {
    const key = api.key("operate");
    const before = await api.stage.context.journal.listOperations({ limit: 100 });
    const answer = await api.request("POST", "/v1/operations", { key, body: body(changes) });
    expect([answer.status, answer.body.code], answer.text).toEqual([status, code]);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ status, type: `/docs/errors#${code}`, instance: "/v1/operations" });
    expect(await api.stage.context.journal.listOperations({ limit: 100 })).toHaveLength(before.length);
  });

  it("cancels a waiting operation at once", async () => {
    const key = api.key("operate");
    const { body: created } = await api.request("POST", "/v1/operations", { key, body: body() });
    const url = `/v1/operations/${created.id}`;
    const cancelled = await api.request("POST", `${url}/cancel`, { key });
    expect(cancelled.body).toEqual({ success: true, message: expect.any(String), error: null });
    expect((await api.request("GET", url, { key })).body.status).toBe("cancelled");
    const again = await api.request("POST", `${url}/cancel`, { key });
    expect([again.status, again.body.code]).toEqual([409, "CTO_E_OPERATION_ENDED"]);
    expect(again.body.detail).toContain("has already ended (cancelled)");
  });

  it("retries what has ended without a leg, once, and finds both by their names", async () => {
    const key = api.key("operate");
    const named = { ...body(), tags: ["spring"], reference: "order 7", expiresAt: "2050-01-01T00:00:00Z" };
    const { body: created } = await api.request("POST", "/v1/operations", { key, body: named });
    expect(created).toMatchObject({ tags: ["spring"], reference: "order 7", retryOf: null, retriedBy: null });
    const url = `/v1/operations/${created.id}`;
    const early = await api.request("POST", `${url}/retry`, { key });
    expect([early.status, early.body.code]).toEqual([409, "CTO_E_RETRY_TOO_EARLY"]);
    await api.request("POST", `${url}/cancel`, { key });
    const retried = await api.request("POST", `${url}/retry`, { key });
    expect([retried.status, retried.body.retryOf, retried.body.expiresAt]).toEqual([201, created.id, null]);
    expect((await api.request("GET", url, { key })).body.retriedBy).toBe(retried.body.id);
    const again = await api.request("POST", `${url}/retry`, { key });
    expect([again.status, again.body.code]).toEqual([409, "CTO_E_RETRY_EXISTS"]);
    for (const query of ["tag=spring", "reference=order%207", "search=order%207"]) {
      const { body: found } = await api.request("GET", `/v1/operations?${query}`, { key });
      expect(found.operations.map(({ id }: { id: string }) => id)).toEqual([retried.body.id, created.id]);
    }
    await api.request("POST", `/v1/operations/${retried.body.id}/cancel`, { key });
  });

  it("takes an empty body with a JSON content type for none, and only where none is needed", async () => {
    const key = api.key("operate");
    const headers = { "content-type": "application/json" };
    const { body: created } = await api.request("POST", "/v1/operations", { key, body: body() });
    const url = `/v1/operations/${created.id}/cancel`;
    expect((await api.request("POST", url, { key, headers })).body.success).toBe(true);
    const missing = await api.request("POST", "/v1/operations", { key, headers });
    expect([missing.status, missing.body.code]).toEqual([400, "CTO_E_REQUEST_INVALID"]);
  });
});

describe("an operation that a worker carries out", () => {
  let worker: CTOWorker;
  beforeAll(async () => {
    worker = await createCTOWorker({ context: api.stage.context });
  });
  afterAll(() => worker.close());

  it("shows its legs, its timeline and its events, and nothing of the signed bytes", async () => {
    const key = api.key("operate", "alice");
    const { body: created } = await api.request("POST", "/v1/operations", { key, body: body() });
    await api.stage.ended(created.id);
    const url = `/v1/operations/${created.id}`;
    const { body: detail } = await api.request("GET", url, { key });
    expect(detail).toMatchObject({
      status: "completed",
      progress: 100,
      venue: "jupiter",
      legs: [{ lamports: "100000000" }, { lamports: "100000000" }, { lamports: "100000000" }],
      totals: { legs: 3, landed: 3, spentLamports: "300000000", needsReview: false },
    });
    expect((await api.request("GET", `${url}/legs`, { key })).body.legs).toEqual(detail.legs);
    const steps = await api.request("GET", `${url}/steps`, { key });
    expect(steps.body.steps).toHaveLength(3);
    expect(steps.body.steps[0]).toMatchObject({
      kind: "buy",
      leg: 1,
      attempts: [{ number: 1, status: "landed", signature: detail.legs[0].signature, reason: null }],
    });
    expect(steps.text).not.toContain('"wire"');
    const eventsOf = async () => (await api.request("GET", `${url}/events`, { key })).body;
    // The status is written before the event.
    await expect.poll(async () => (await eventsOf()).events.at(-1)?.type).toBe("result");
    const all = await eventsOf();
    const seqs = all.events.map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(seqs.map((_: number, at: number) => at + 1));
    expect(all.events.at(-1)).toMatchObject({ jobId: created.id, type: "result", status: "completed" });
    const { body: rest } = await api.request("GET", `${url}/events?after=2&limit=2`, { key });
    expect(rest.events).toEqual(all.events.slice(2, 4));
  });

  it("estimates what an operation would get, without writing anything", async () => {
    const key = api.key("read", "alice");
    const count = async () => (await api.stage.context.journal.listOperations({ limit: 100 })).length;
    const before = await count();
    const answer = await api.request("POST", "/v1/operations/estimate", { key, body: body() });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      platform: "jupiter",
      totalLamports: "300000000",
      fundingMode: "atomic",
    });
    expect(await count()).toBe(before);
  });
});
