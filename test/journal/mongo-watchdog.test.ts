/**
 * Tests our guard against the driver's endless wait when a server dies during a write. A simulated client causes this
 * wait on demand.
 */
import { EventEmitter } from "node:events";
import type { MongoClient } from "mongodb";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { watchMonitor, within } from "../../src/journal/mongo/watchdog.ts";

const LIMITS = { answerMs: 40, heldMs: 200, everyMs: 5 };
const ADDRESS = "db.example:27017";

const TIMERS = ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] as const;

beforeEach(() => void vi.useFakeTimers({ toFake: [...TIMERS] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const watched = (connect: () => Promise<void> = async () => undefined) => {
  const calls: string[] = [];
  const client = Object.assign(new EventEmitter(), {
    async close() {
      calls.push("close");
    },
    async connect() {
      calls.push("connect");
      await connect();
    },
  });
  const watchdog = watchMonitor(client as unknown as MongoClient, LIMITS);
  onTestFinished(() => watchdog.stop());
  const tell = (event: string, awaited = false) =>
    client.emit(event, { connectionId: ADDRESS, address: ADDRESS, awaited });
  return { calls, tell, watchdog };
};

test("a heartbeat without an end has the client opened anew, once", async () => {
  const { calls, tell } = watched();
  tell("serverHeartbeatStarted");
  await pass(40);
  expect(calls).toEqual([]);
  await pass(10);
  expect(calls).toEqual(["close", "connect"]);
  await pass(100);
  expect(calls).toEqual(["close", "connect"]);
});

test("one that ends, whichever way, does not", async () => {
  const { calls, tell } = watched();
  for (const end of ["serverHeartbeatSucceeded", "serverHeartbeatFailed", "serverClosed"]) {
    tell("serverHeartbeatStarted");
    tell(end);
  }
  await pass(100);
  expect(calls).toEqual([]);
});

test("one that the server may hold back has the longer limit", async () => {
  const { calls, tell } = watched();
  tell("serverHeartbeatStarted", true);
  await pass(240);
  expect(calls).toEqual([]);
  await pass(10);
  expect(calls).toEqual(["close", "connect"]);
});

test("it tries until it is stopped while the server does not answer", async () => {
  let away = true;
  const { calls, tell, watchdog } = watched(async () => {
    if (away) throw new Error("no server");
  });
  tell("serverHeartbeatStarted");
  await pass(60);
  expect(calls.length).toBeGreaterThan(4);
  away = false;
  await pass(30);
  const { length } = calls;
  await pass(60);
  expect(calls.length).toBe(length);
  await watchdog.stop();
  tell("serverHeartbeatStarted");
  await pass(100);
  expect(calls.length).toBe(length);
});

test("work without an end is given up as unknown, and other work is left alone", async () => {
  const late = expect(within(20, new Promise(() => undefined))).rejects.toMatchObject({
    code: "CTO_E_JOURNAL_UNAVAILABLE",
  });
  await pass(20);
  await late;
  await expect(within(1_000, Promise.resolve(7))).resolves.toBe(7);
  await expect(within(1_000, Promise.reject(new Error("its own")))).rejects.toThrow("its own");
});
