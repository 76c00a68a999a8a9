/**
 * Tests the typed client against a server: operations, idempotency keys, watching events over broken connections, and
 * errors.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CTOClientError,
  createClient,
  type EventView,
  type OperationRequestBody,
} from "../../src/client/index.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openTestApi, type TestApi } from "../server/test-api.ts";
import { buildJob } from "../support/build-job.ts";

let api: TestApi;
let worker: CTOWorker;
let url: string;

beforeAll(async () => {
  api = await openTestApi({ buyers: 4 });
  worker = await createCTOWorker({ context: api.stage.context });
  url = await api.app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

const clientOf = (key?: string, at = url) => createClient({ url: at, ...(key === undefined ? {} : { key }) });

const wish = (): OperationRequestBody =>
  buildJob({ userId: "alice", tokenAddress: api.stage.mint, buyAmount: "0.2" });

const collect = async (events: AsyncIterable<EventView>): Promise<EventView[]> => {
  const all: EventView[] = [];
  for await (const event of events) all.push(event);
  return all;
};

/** A proxy between a client and the server. It cuts each connection after this many bytes of the answer. */
async function openCutter(bytes: number): Promise<{ url: string; cuts(): number; close(): Promise<void> }> {
  let cuts = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(new URL(url).port), "127.0.0.1");
    let left = bytes;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => open.delete(socket));
    }
    client.pipe(upstream);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    upstream.on("data", (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      cuts += 1;
      client.destroySoon();
      upstream.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}

describe("the typed client", () => {
  it("creates an operation, watches it to the end, and reads its result and receipt", async () => {
    const cto = clientOf(api.key("operate", "alice"));
    const estimate = await cto.operations.estimate(wish());
    expect(estimate.legs).toHaveLength(4);
    const { operation, replayed } = await cto.operations.create(wish());
    expect(replayed).toBe(false);
    const events = await collect(cto.operations.watch(operation.id));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: "result", status: "completed" });
    const ended = await cto.operations.waitFor(operation.id);
    expect(ended).toMatchObject({ status: "completed", totals: { landed: 4 } });
    expect(await clientOf().operations.receipt(operation.id)).toMatchObject({ totals: { landed: 4 } });
    const { operations } = await cto.operations.list({ status: ["completed"], limit: 5 });
    expect(operations.map(({ id }) => id)).toContain(operation.id);
    expect(await cto.operations.legs(operation.id)).toHaveLength(4);
    expect((await cto.operations.steps(operation.id))[0]?.attempts).toHaveLength(1);
    expect(await cto.wallets.list("alice")).toHaveLength(5);
  });

  it("answers the first operation for the same idempotency key, and throws for other data", async () => {
    const cto = clientOf(api.key("operate", "alice"));
    const first = await cto.operations.create(wish(), { idempotencyKey: "order 1" });
    const second = await cto.operations.create(wish(), { idempotencyKey: "order 1" });
    expect(second).toMatchObject({ replayed: true, operation: { id: first.operation.id } });
    const other = cto.operations.create({ ...wish(), buyAmount: 3 }, { idempotencyKey: "order 1" });
    await expect(other).rejects.toMatchObject({
      name: "CTOClientError",
      code: "CTO_E_IDEMPOTENCY_KEY_REUSED",
      status: 409,
    });
    await cto.operations.waitFor(first.operation.id);
  });

  it("gets every event once and in order over connections that keep breaking", async () => {
    const cutter = await openCutter(2_000); // This is more than the headers, so that a few events arrive per connection.
    const cto = clientOf(api.key("operate", "alice"), cutter.url);
    const { operation } = await clientOf(api.key("operate", "alice")).operations.create(wish());
    const events = await collect(cto.operations.watch(operation.id));
    await cutter.close();
    const stored = await api.stage.context.journal.readEvents(operation.id, 0, 1_000);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual(stored.map(({ seq, type }) => [seq, type]));
    expect(cutter.cuts()).toBeGreaterThan(1);
  });

  it("watches from a number, and ends at once when there are no more events", async () => {
    const cto = clientOf(api.key("operate", "alice"));
    const { operation } = await cto.operations.create(wish());
    const all = await collect(cto.operations.watch(operation.id));
    const rest = await collect(cto.operations.watch(operation.id, { after: 3 }));
    expect(rest).toEqual(all.slice(3));
    expect(await collect(cto.operations.watch(operation.id, { after: all.length }))).toEqual([]);
    const answer = await fetch(`${url}/v1/operations/${operation.id}/events`, {
      headers: {
        accept: "text/event-stream",
        authorization: `Bearer ${api.key("read")}`,
        "last-event-id": String(all.length),
      },
    });
    expect(answer.status).toBe(204);
  });

  it("throws the server's code, remedy and problems", async () => {
    const refused = await clientOf(api.key("operate", "alice"))
      .operations.create({ ...wish(), buyAmount: -1 })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CTOClientError);
    expect(refused).toMatchObject({ code: "CTO_E_AMOUNT_INVALID", status: 400, remedy: expect.any(String) });
    const foreign = clientOf(api.key("read", "bob")).operations.watch("op_nobody").next();
    await expect(foreign).rejects.toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN", status: 404 });
    await expect(clientOf().queue()).rejects.toMatchObject({ code: "CTO_E_UNAUTHENTICATED", status: 401 });
  });

  it("sends nothing for an id that would move the request to another address", async () => {
    const nowhere = createClient({ url, fetch: () => Promise.reject(new Error("it was sent")) });
    for (const id of [".", ".."])
      await expect(nowhere.operations.cancel(id)).rejects.toMatchObject({ code: "CTO_E_REQUEST_INVALID" });
    await expect(nowhere.operations.cancel("...")).rejects.toThrow("it was sent");
  });

  it("keeps the path below which a proxy serves the API", async () => {
    const asked: string[] = [];
    const noting = async (at: unknown) => {
      asked.push(String(at));
      throw new Error("noted");
    };
    for (const at of ["https://example.org/cto", "https://example.org/cto/", "https://cto.example"])
      await expect(createClient({ url: at, fetch: noting }).queue()).rejects.toThrow("noted");
    expect(asked).toEqual([
      "https://example.org/cto/v1/queue",
      "https://example.org/cto/v1/queue",
      "https://cto.example/v1/queue",
    ]);
  });

  it("says that a page of something in between is not the server's answer", async () => {
    const login = async () =>
      new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } });
    const cto = createClient({ url: "http://cto.example", fetch: login });
    for (const asked of [
      cto.queue(),
      cto.operations.create(wish()),
      cto.operations.waitFor("op_1"),
      cto.operations.watch("op_1").next(),
    ])
      await expect(asked).rejects.toMatchObject({ code: "CTO_E_UNREADABLE_ANSWER", status: 200 });
  });

  it("ends a watch when its signal aborts", async () => {
    const { journal } = api.stage.context;
    const cto = clientOf(api.key("operate", "alice"));
    const { operation } = await cto.operations.create(wish());
    await cto.operations.waitFor(operation.id);
    const accepted = await journal.readOperation(operation.id);
    if (accepted === null) throw new Error("no operation");
    // We write to the journal only, so that no worker takes the operation.
    await journal.createOperation({ id: "op_waits", request: { ...accepted.request, userId: "bob" } });
    const stop = new AbortController();
    const watched = collect(
      clientOf(api.key("read", "bob")).operations.watch("op_waits", { signal: stop.signal }),
    );
    stop.abort(new Error("enough"));
    await expect(watched).rejects.toThrow();
    await journal.requestCancel("op_waits");
  });
});
