/** Tests that no message of an endpoint's WebSocket ends the process, occupies it, or passes for evidence. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Signature } from "@solana/kit";
import { afterEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { createHints } from "../../src/chain/hints.ts";

const SIGNATURE =
  "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW" as Signature;

const servers: WebSocketServer[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close();
});

type Request = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };

async function hintsOf(answer: (socket: WebSocket, request: Request) => void) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  servers.push(server);
  await once(server, "listening");
  const requests: Request[] = [];
  server.on("connection", (socket) =>
    socket.on("message", (text) => {
      const request: Request = JSON.parse(String(text));
      requests.push(request);
      answer(socket, request);
    }),
  );
  const onHint = vi.fn();
  const onBroken = vi.fn();
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { hints: createHints({ url, onHint, onBroken }), onHint, onBroken, requests, server, url };
}

const notification = (params: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method: "signatureNotification", params });
const landed = (subscription: number) => ({
  subscription,
  result: { context: { slot: 7 }, value: { err: null } },
});

test.each([
  ["text that is no JSON, as a proxy's refusal", "rate limit exceeded"],
  ["bytes", Buffer.from([1, 2, 3])],
  ["a megabyte of numbers", `[${"1,".repeat(2 ** 19)}1]`],
  ["a few kilobytes of numbers", `[${"1,".repeat(4_000)}1]`],
])("%s only ends the hints for a while", async (_name, message) => {
  const { hints, onHint, onBroken } = await hintsOf((socket) => socket.send(message));
  const since = performance.now();
  const stop = hints.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(onBroken).toHaveBeenCalledOnce(), 5_000);
  expect(performance.now() - since).toBeLessThan(2_500);
  expect(hints.working()).toBe(false);
  expect(onHint).not.toHaveBeenCalled();
  stop();
});

test("messages of a wrong shape are ignored, and the hint after them is heard once", async () => {
  const { hints, onHint, onBroken } = await hintsOf((socket, { id, method }) => {
    if (method !== "signatureSubscribe") return;
    for (const odd of ["null", "[]", "1.5", '"text"', notification(null), notification({ subscription: 9 })])
      socket.send(odd);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: 5 }));
    socket.send(notification(landed(5)));
    socket.send(notification(landed(5)));
  });
  const stop = hints.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(onHint).toHaveBeenCalledWith(SIGNATURE), 5_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(onHint).toHaveBeenCalledOnce();
  expect(onBroken).not.toHaveBeenCalled();
  stop();
});

test("one connection serves all subscriptions, and ends with the last one", async () => {
  const { hints, onHint, requests, server } = await hintsOf((socket, { id, params: [, options] }) => {
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: String(id), result: id + 100 }));
    if (options) setTimeout(() => socket.send(notification(landed(id + 100))), id === 2 ? 20 : 60_000);
  });
  const stopFirst = hints.listen(SIGNATURE, "confirmed");
  const stopSecond = hints.listen("second" as Signature, "finalized");
  await vi.waitFor(() => expect(onHint).toHaveBeenCalledWith("second"), 5_000);
  expect(server.clients.size).toBe(1);
  expect(requests.map(({ method, params }) => [method, ...params])).toEqual([
    ["signatureSubscribe", SIGNATURE, { commitment: "confirmed" }],
    ["signatureSubscribe", "second", { commitment: "finalized" }],
  ]);
  stopFirst();
  await vi.waitFor(() => expect(requests.at(-1)?.method).toBe("signatureUnsubscribe"));
  expect(requests.at(-1)?.params).toEqual([101]);
  stopSecond();
  await vi.waitFor(() => expect(server.clients.size).toBe(0));
  expect(hints.working()).toBe(true);
});

test("a refused subscription and a lost connection end the hints for a while", async () => {
  const refusing = await hintsOf((socket, { id }) =>
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "no" } })),
  );
  refusing.hints.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(refusing.onBroken).toHaveBeenCalledOnce(), 5_000);
  await vi.waitFor(() => expect(refusing.server.clients.size).toBe(0));
  const closing = await hintsOf((socket) => socket.close());
  closing.hints.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(closing.onBroken).toHaveBeenCalledOnce(), 5_000);
  const nobody = createHints({ url: "ws://127.0.0.1:1", onHint: vi.fn(), onBroken: closing.onBroken });
  nobody.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(closing.onBroken).toHaveBeenCalledTimes(2), 5_000);
});

test("the URL's key, user and password reach the server, and a refusal of them only ends the hints for a while", async () => {
  const { server, url } = await hintsOf(() => undefined);
  const asked: unknown[] = [];
  server.on("connection", (socket, { url, headers }) => {
    asked.push(url, headers.authorization);
    socket.close(4_401, "no such key");
  });
  const onBroken = vi.fn();
  const keyed = `${url.replace("ws://", "ws://someone:pass%40word@")}/path?api-key=1234`;
  createHints({ url: keyed, onHint: vi.fn(), onBroken }).listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(onBroken).toHaveBeenCalledOnce(), 5_000);
  expect(asked).toEqual(["/path?api-key=1234", `Basic ${btoa("someone:pass@word")}`]);
});

test("a subscription that ended before the node's answer is unsubscribed after it", async () => {
  const answers: (() => void)[] = [];
  const { hints, requests } = await hintsOf((socket, { id, method }) => {
    if (method === "signatureSubscribe")
      answers.push(() => socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: id + 100 })));
  });
  const stopFirst = hints.listen(SIGNATURE, "confirmed");
  const stopSecond = hints.listen("second" as Signature, "confirmed");
  await vi.waitFor(() => expect(answers).toHaveLength(2), 5_000);
  stopFirst();
  for (const answer of [...answers, ...answers]) answer();
  await vi.waitFor(() => expect(requests).toHaveLength(3), 5_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(requests.slice(2).map(({ method, params }) => [method, ...params])).toEqual([
    ["signatureUnsubscribe", 101],
  ]);
  stopSecond();
});

test("a connection that answers no ping is dead; after the rest, subscriptions are made anew", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const { hints, onHint, onBroken, server } = await hintsOf((socket, { id }) => {
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: 5 }));
    if (server.clients.size > 0 && id > 1) socket.send(notification(landed(5)));
  });
  hints.listen(SIGNATURE, "confirmed");
  await vi.waitFor(() => expect(server.clients.size).toBe(1), 5_000);
  for (const { _socket } of server.clients as Set<WebSocket & { _socket: { pause(): void } }>)
    _socket.pause();
  // In real time, so that the connection is open on both sides.
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), 5_000);
  vi.advanceTimersByTime(10_000);
  expect(onBroken).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(onBroken).toHaveBeenCalledOnce();
  expect(hints.working()).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(hints.working()).toBe(true);
  const stop = hints.listen("second" as Signature, "confirmed");
  await vi.waitFor(() => expect(onHint).toHaveBeenCalledExactlyOnceWith("second"), 5_000);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
