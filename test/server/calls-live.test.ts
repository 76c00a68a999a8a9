/**
 * Tests the live calls that anyone may watch, without a key: over real Socket.IO, with the journal in memory, and with
 * a change that another process makes.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import type { ServerContext } from "../../src/server/server-context.ts";
import { createCallFeeds } from "../../src/server/socket/call-feeds.ts";
import { serveCalls } from "../../src/server/socket/calls.ts";
import { openVisitors } from "../../src/server/socket/visitors.ts";
import { validTerms } from "../calls/call.ts";

const patiently = { timeout: 20_000, interval: 20 };
const listeners = new Map<string, () => void>();
const config: { CTO_CALLERS?: string[] } = { CTO_CALLERS: ["someone"] };
const journal = createMemoryJournal({ now: () => new Date() });
/** As another process changes calls: its store has a lane of its own, and the queue tells of the change. */
const elsewhere = createCallStore(journal, (callId) => listeners.get(`call/${callId}`)?.());
const http = createServer();
const server = new Server(http);
const sockets: Socket[] = [];
let url: string;

beforeAll(async () => {
  const wakeUps = () => ({
    on(name: string, listener: () => void) {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
  });
  const context = { config, journal, wakeUps, queue: { wake: () => undefined } };
  const served = { context } as unknown as ServerContext;
  serveCalls(server.of("/calls"), {
    server: served,
    feeds: createCallFeeds(served),
    visitors: openVisitors(),
    addressOf: () => "192.0.2.1",
    bounds: {},
  });
  for (const callId of ["one", "two", "three", "four", "five", "six"])
    await elsewhere.addCall(newRecord(parseTerms({ ...validTerms(), callId }), new Date()));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/calls`;
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await server.close();
});

type Heard = { readonly callId: string; readonly status: string };

async function visit(): Promise<{ socket: Socket; heard: Heard[] }> {
  const socket = io(url, { forceNew: true, reconnection: false, transports: ["websocket"] });
  sockets.push(socket);
  const heard: Heard[] = [];
  socket.on("cto:call", (call: Heard) => heard.push(call));
  await new Promise<void>((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", (error) => reject((error as unknown as { data: unknown }).data));
  });
  return { socket, heard };
}

describe("a visitor without a key", () => {
  it("receives the call as it is, and each change that another process makes, until it stops", async () => {
    const { socket, heard } = await visit();
    expect(await socket.emitWithAck("watch", { callId: "one" })).toEqual({ ok: true });
    await expect.poll(() => heard, patiently).toMatchObject([{ callId: "one", status: "announced" }]);
    await elsewhere.changeCall("one", (record) => ({ ...record, status: "open" }));
    await expect.poll(() => heard.at(-1), patiently).toMatchObject({ callId: "one", status: "open" });
    // A wake-up without a change sends nothing.
    listeners.get("call/one")?.();
    expect(await socket.emitWithAck("unwatch", { callId: "one" })).toEqual({ ok: true });
    await expect.poll(() => listeners.has("call/one"), patiently).toBe(false);
    expect(heard).toHaveLength(2);
  });

  it("may watch five calls, and no call that does not exist", async () => {
    const { socket } = await visit();
    const watch = (callId: string) => socket.emitWithAck("watch", { callId });
    for (const callId of ["one", "two", "three", "four", "five"])
      expect(await watch(callId)).toEqual({ ok: true });
    expect(await watch("six")).toMatchObject({ ok: false, problem: { code: "CTO_E_REQUEST_INVALID" } });
    await socket.emitWithAck("unwatch", { callId: "five" });
    expect(await watch("none")).toMatchObject({ ok: false, problem: { code: "CTO_E_CALL_UNKNOWN" } });
    expect(await watch("six")).toEqual({ ok: true });
  });

  it("is refused where calls are off", async () => {
    const { CTO_CALLERS } = config;
    delete config.CTO_CALLERS;
    await expect(visit()).rejects.toMatchObject({ code: "CTO_E_CALLS_OFF" });
    if (CTO_CALLERS !== undefined) config.CTO_CALLERS = CTO_CALLERS;
  });

  it("may open so many connections of one address, and send so many messages", async () => {
    const open = sockets.filter(({ connected }) => connected).length;
    const mine = await Promise.all(Array.from({ length: 20 - open }, visit));
    await expect(visit()).rejects.toMatchObject({ code: "CTO_E_TOO_MANY_CONNECTIONS" });
    const { socket } = mine[0] ?? (await visit());
    const answers = await Promise.all(
      Array.from({ length: 61 }, () => socket.emitWithAck("unwatch", { callId: "one" })),
    );
    expect(answers.at(-1)).toMatchObject({ ok: false, problem: { code: "CTO_E_RATE_LIMITED" } });
    for (const visitor of mine) visitor.socket.disconnect();
    await expect
      .poll(
        () =>
          visit()
            .then(() => true)
            .catch(() => false),
        patiently,
      )
      .toBe(true);
  });
});
