/** Tests the WebSocket and the event streams: who may listen, what a listener gets, and how they end. */
import { once } from "node:events";
import { connect as connectTcp, type Socket as TcpSocket } from "node:net";
import pg from "pg";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { emit } from "../../src/engine/operation/journaling.ts";
import type { OperationEvent } from "../../src/engine/ports.ts";
import { createApiKey, revokeApiKey } from "../../src/services/api-keys.ts";
import { enqueue } from "../../src/services/operations.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const MESSAGES = ["cto:progress", "cto:leg", "cto:result"] as const;
/** Low limits, so that a client soon counts as slow. */
const OUTBOX = { maxWaiting: 20, stallMs: 3_000 };

let api: TestApi;
let url: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  api = await openTestApi({ server: { socket: OUTBOX } });
  url = await api.app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(() => api.close());

type Heard = { readonly jobId: string; readonly seq: number; readonly label?: string };

/** Connects a client, and collects its messages. */
async function open(key: string | undefined): Promise<{ socket: Socket; heard: Heard[] }> {
  const socket = io(url, { auth: { key }, forceNew: true, reconnection: false, transports: ["websocket"] });
  sockets.push(socket);
  const heard: Heard[] = [];
  for (const name of MESSAGES) socket.on(name, (event: Heard) => heard.push(event));
  await new Promise<void>((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  return { socket, heard };
}

const ask = (socket: Socket, name: string, message: unknown): Promise<unknown> =>
  socket.emitWithAck(name, message);

/** Creates an operation that no worker runs. The test writes its events. */
async function newOperation(userId: string, socketUserId = "room"): Promise<string> {
  const job = { userId, userChatId: 1, socketUserId, tokenAddress: api.stage.mint, buyAmount: 0.1 };
  return (await enqueue(api.stage.context, { ...job, mode: "prefunded", platform: "auto" }, 0, {})).jobId;
}

/** Polls for as long as a slow machine may need. */
const until = <Value>(look: () => Value) => expect.poll(look, { timeout: 50_000 });

/** Emits an event like the engine: it stores the event, then notifies the listeners. */
const tell = (id: string, event: OperationEvent): Promise<void> => {
  const { journal, queue } = api.stage.context;
  return emit({ journal, events: { notify: () => queue.wake(id) } }, id, event);
};

const append = async (id: string, count: number, label = "x"): Promise<void> => {
  for (let at = 0; at < count; at += 1)
    await tell(id, { type: "phase", phase: "started", label, progress: 10 });
};

/** Stores many events in one statement, as many as a large operation has. */
async function appendAtOnce(id: string, count: number, label: string): Promise<void> {
  const client = new pg.Client({ connectionString: api.stage.env.DATABASE_URL });
  await client.connect();
  const event = JSON.stringify({ type: "phase", phase: "started", label, progress: 10 });
  await client.query(
    "insert into cto.events (operation_id, seq, event) select $1, seq, $2::jsonb from generate_series(1, $3::int) seq",
    [id, event, count],
  );
  await client.query("update cto.operations set event_count = $2 where id = $1", [id, count]);
  await client.end();
}

const end = (id: string) => tell(id, { type: "result", status: "cancelled", progress: 10 });

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("the right to subscribe", () => {
  it("refuses a connection without a key, and with one that is not valid, and says why", async () => {
    for (const key of [undefined, "cto_111111111111_11111111111111111111111111111111", "nonsense"]) {
      await expect(open(key)).rejects.toMatchObject({ data: { status: 401, code: "CTO_E_UNAUTHENTICATED" } });
    }
  });

  it("takes the dashboard's cookie as well", async () => {
    const answer = await fetch(`${url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-cto-requested-with": "dashboard", origin: url },
      body: JSON.stringify({ key: api.key("read") }),
    });
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    const socket = io(url, { extraHeaders: { cookie }, forceNew: true, reconnection: false });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on("connect", resolve);
      socket.on("connect_error", reject);
    });
  });

  it("does not find another user's operation, as if it were not there", async () => {
    const id = await newOperation("alice");
    const { socket } = await open(api.key("read", "bob"));
    const foreign = await ask(socket, "subscribe", { operationId: id });
    expect(foreign).toMatchObject({ ok: false, problem: { status: 404, code: "CTO_E_OPERATION_UNKNOWN" } });
    const { socket: own } = await open(api.key("operate", "alice"));
    expect(await ask(own, "subscribe", { operationId: id })).toEqual({ ok: true, status: "waiting" });
  });

  it("answers a message that makes no sense with a problem, and lives on", async () => {
    const { socket } = await open(api.key("read"));
    for (const message of [null, {}, { operationId: 7 }, { operationId: "x", after: -1 }, "subscribe", []]) {
      const answer = await ask(socket, "subscribe", message);
      expect(answer).toMatchObject({ ok: false, problem: { status: 400, code: "CTO_E_REQUEST_INVALID" } });
    }
    socket.emit("subscribe", { operationId: "no acknowledgement asked for" });
    expect(await ask(socket, "leave", { socketUserId: "never joined" })).toEqual({ ok: true });
  });

  it("refuses a key that was revoked since", async () => {
    const { context } = api.stage;
    const { key, secret } = await createApiKey(context, { name: "short", scopes: ["read"] });
    const { socket } = await open(secret);
    const id = await newOperation("alice");
    await revokeApiKey(context, key.id);
    const gone = once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    const answer = await ask(socket, "subscribe", { operationId: id });
    expect(answer).toMatchObject({ ok: false, problem: { code: "CTO_E_UNAUTHENTICATED" } });
    await gone;
  });

  it("ends an event stream and a socket soon after their key was revoked, though nothing happens", async () => {
    const { context } = api.stage;
    const { key, secret } = await createApiKey(context, { name: "short", scopes: ["read"] });
    const { socket } = await open(secret);
    const id = await newOperation("alice");
    const headers = { authorization: `Bearer ${secret}`, accept: "text/event-stream" };
    const stream = await fetch(`${url}/v1/operations/${id}/events`, { headers });
    expect(stream.status).toBe(200);
    const ended = stream.text().catch(() => "cut off");
    const gone = once(socket as unknown as NodeJS.EventEmitter, "disconnect");
    await revokeApiKey(context, key.id);
    const revoked = performance.now();
    // The check runs each second, so both end within two. A slow machine may take twice as long. The stream's next
    // heartbeat is after 15 s, and the operation itself never ends.
    await Promise.all([ended, gone]);
    expect(performance.now() - revoked).toBeLessThan(4_000);
  }, 14_000);

  it("lets one key have a bounded number of streams and sockets", async () => {
    const { secret } = await createApiKey(api.stage.context, { name: "many", scopes: ["read"] });
    for (let count = 0; count < 100; count += 1) await open(secret);
    await expect(open(secret)).rejects.toMatchObject({
      data: { status: 429, code: "CTO_E_TOO_MANY_CONNECTIONS" },
    });
    const id = await newOperation("alice");
    const headers = { authorization: `Bearer ${secret}`, accept: "text/event-stream" };
    expect((await fetch(`${url}/v1/operations/${id}/events`, { headers })).status).toBe(429);
    sockets.pop();
    sockets.pop()?.disconnect();
    await expect.poll(async () => (await open(secret).catch(() => null)) !== null).toBe(true);
  });

  it("answers a flood of messages without reading the journal for each", async () => {
    const { secret } = await createApiKey(api.stage.context, { name: "flood", scopes: ["read"] });
    const { socket } = await open(secret);
    const id = await newOperation("alice");
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => ask(socket, "subscribe", { operationId: id })),
    );
    const limited = answers.filter(
      (answer) => (answer as { problem?: { code: string } }).problem?.code === "CTO_E_RATE_LIMITED",
    );
    expect(limited.length).toBeGreaterThanOrEqual(600);
  });
});

describe("the events of a subscription", () => {
  it("begins after the number that the client has, and names each kind of event", async () => {
    const id = await newOperation("alice");
    await append(id, 5);
    const { socket, heard } = await open(api.key("read", "alice"));
    const result = once(socket as unknown as NodeJS.EventEmitter, "cto:result");
    await ask(socket, "subscribe", { operationId: id, after: 3 });
    await append(id, 2);
    await end(id);
    const [message] = await result;
    expect(heard.map(({ seq }) => seq)).toEqual([4, 5, 6, 7, 8]);
    expect(message).toMatchObject({ jobId: id, seq: 8, status: "cancelled", totals: { legs: 0, landed: 0 } });
  });

  it("is refused from a number that the operation has not reached", async () => {
    const id = await newOperation("alice", "ahead");
    await append(id, 2);
    const ahead = { ok: false, problem: { status: 409, code: "CTO_E_EVENTS_AHEAD" } };
    const { socket } = await open(api.key("read", "alice"));
    const { seq } = (await api.stage.context.journal.readEvents(id, 0, 100)).at(-1) ?? { seq: 0 };
    expect(await ask(socket, "subscribe", { operationId: id, after: seq + 1 })).toMatchObject(ahead);
    expect(await ask(socket, "join", { socketUserId: "ahead", after: { [id]: seq + 1 } })).toMatchObject(
      ahead,
    );
    expect(await ask(socket, "subscribe", { operationId: id, after: seq })).toMatchObject({ ok: true });
    const key = api.key("read", "alice");
    for (const headers of [{}, { accept: "text/event-stream" }]) {
      const answer = await api.request("GET", `/v1/operations/${id}/events?after=${seq + 1}`, {
        key,
        headers,
      });
      expect([answer.status, answer.body.code]).toEqual([409, "CTO_E_EVENTS_AHEAD"]);
    }
  });

  it("comes once, though the client subscribes twice and joins the room besides", async () => {
    const id = await newOperation("alice", "twice");
    await append(id, 3);
    const { socket, heard } = await open(api.key("read"));
    await ask(socket, "subscribe", { operationId: id });
    await until(() => heard.length).toBe(3);
    await ask(socket, "join", { socketUserId: "twice" });
    await ask(socket, "subscribe", { operationId: id, after: 3 });
    await append(id, 2);
    await until(() => heard.length).toBe(5);
    expect(heard.map(({ seq }) => seq)).toEqual(numbers(1, 5));
  });

  it("ends with unsubscribe", async () => {
    const id = await newOperation("alice");
    const { socket, heard } = await open(api.key("read"));
    await ask(socket, "subscribe", { operationId: id });
    await append(id, 1);
    await until(() => heard.length).toBe(1);
    await ask(socket, "unsubscribe", { operationId: id });
    const other = await newOperation("alice");
    await ask(socket, "subscribe", { operationId: other });
    await append(id, 1);
    await append(other, 1);
    await until(() => heard.length).toBe(2);
    expect(heard[1]?.jobId).toBe(other);
  });

  it("in a room is what its operations do, those of the key's own user alone", async () => {
    const ours = await newOperation("alice", "shared");
    const { socket: alices, heard: byAlice } = await open(api.key("read", "alice"));
    const { socket: globals, heard: byAll } = await open(api.key("read"));
    await ask(alices, "join", { socketUserId: "shared" });
    await ask(globals, "join", { socketUserId: "shared" });
    const theirs = await newOperation("bob", "shared"); // Created after the clients have joined.
    const elsewhere = await newOperation("alice", "another room");
    for (const id of [elsewhere, theirs, ours]) await append(id, 2);
    await until(() => byAll.length).toBe(4);
    await until(() => byAlice.length).toBe(2);
    expect(new Set(byAll.map(({ jobId }) => jobId))).toEqual(new Set([ours, theirs]));
    expect(byAlice).toEqual(byAll.filter(({ jobId }) => jobId === ours));
  });

  it("in a room goes on from what the client remembers, of operations that have ended, too", async () => {
    const id = await newOperation("alice", "back again");
    await append(id, 4);
    await api.stage.context.journal.requestCancel(id);
    await end(id);
    const { socket, heard } = await open(api.key("read"));
    await ask(socket, "join", { socketUserId: "back again", after: { [id]: 3 } });
    await until(() => heard.map(({ seq }) => seq)).toEqual([4, 5]);
  });
});

/** Connects a client that speaks WebSocket itself, so that it can stop reading. */
async function openRaw(key: string, operationId: string): Promise<TcpSocket> {
  const { port } = new URL(url);
  const tcp = connectTcp(Number(port), "127.0.0.1");
  await once(tcp, "connect");
  let said = "";
  const says = async (text: string): Promise<void> => {
    while (!said.includes(text)) {
      const [chunk] = await once(tcp, "data");
      said += chunk;
    }
  };
  tcp.write(
    [
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.from("0123456789abcdef").toString("base64")}`,
      "",
      "",
    ].join("\r\n"),
  );
  /** Sends a frame. The mask, which clients must use, is all zeros. */
  const send = (text: string): void => {
    const payload = Buffer.from(text);
    const head = [0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0];
    tcp.write(Buffer.concat([Buffer.from(head), payload]));
  };
  await says('0{"sid"'); // The first message of Engine.IO.
  send(`40${JSON.stringify({ key })}`);
  await says('40{"sid"');
  send(`42${JSON.stringify(["subscribe", { operationId, after: 0 }])}`);
  return tcp;
}

describe("a slow client", () => {
  it("is disconnected while most events are unread, does not delay others, and resumes from its last number", async () => {
    const id = await newOperation("alice");
    const EVENTS = 1_200;
    const BYTES = 32 * 1024;
    const label = "x".repeat(BYTES);
    await appendAtOnce(id, EVENTS, label);
    const key = api.key("read");
    const tcp = await openRaw(key, id);
    tcp.pause();
    const { socket, heard } = await open(key);
    await ask(socket, "subscribe", { operationId: id });
    await until(() => heard.length).toBe(EVENTS);

    // The client reads again, up to the end of the connection, after the server has disconnected it.
    await until(() => api.app.socketClients()).toBe(1);
    let received = "";
    tcp.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1").replaceAll(/x{10,}/g, "");
    });
    tcp.resume();
    tcp.end();
    await once(tcp, "close");

    const last = Math.max(0, ...[...received.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq)));
    expect(last).toBeLessThan(EVENTS);
    const { socket: again, heard: rest } = await open(key);
    await ask(again, "subscribe", { operationId: id, after: last });
    await until(() => rest.length).toBe(EVENTS - last);
    expect(rest.map(({ seq }) => seq)).toEqual(numbers(last + 1, EVENTS));
  });
});
