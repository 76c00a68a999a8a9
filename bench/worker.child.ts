/** Runs a worker in its own process, and reports the CPU time and the memory that it has used. */
import { getEventListeners } from "node:events";
import { queryObjects } from "node:v8";
import { closeAll } from "../src/runtime/default-context.ts";
import { createCTOWorker } from "../src/worker/cto-worker.ts";

export type Memory = {
  /** What the process occupies, after a garbage collection, bytes. */
  readonly residentBytes: number;
  /** The live heap after a garbage collection, bytes. */
  readonly heapBytes: number;
  /** The signals that are still reachable. Each of them, and each of its listeners, costs memory. */
  readonly signals: number;
  /** The listeners for the abort of all these signals. A library may leave some on a signal that lives for long. */
  readonly listeners: number;
  /** Warnings of Node.js about too many listeners. */
  readonly warnings: number;
};

let warnings = 0;
process.on("warning", ({ name }) => {
  if (name === "MaxListenersExceededWarning") warnings += 1;
});

/** Every signal that anyone has listened to, unless it was collected. */
const heard = new Set<WeakRef<AbortSignal>>();
const known = new WeakSet<AbortSignal>();
const { addEventListener } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (this: EventTarget, ...given) {
  if (this instanceof AbortSignal && !known.has(this)) {
    known.add(this);
    heard.add(new WeakRef(this));
  }
  return addEventListener.apply(this, given);
};

function countListeners(): number {
  let listeners = 0;
  for (const each of heard) {
    const signal = each.deref();
    if (signal === undefined) heard.delete(each);
    else listeners += getEventListeners(signal, "abort").length;
  }
  return listeners;
}

/** Needs `--expose-gc`. */
function memory(): Memory {
  globalThis.gc?.();
  const signals = Number(queryObjects(AbortSignal, { format: "count" }));
  const listeners = countListeners();
  globalThis.gc?.();
  const { heapUsed: heapBytes, rss: residentBytes } = process.memoryUsage();
  return { residentBytes, heapBytes, signals, listeners, warnings };
}

const worker = await createCTOWorker();
process.on("message", async (message) => {
  if (message === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1_000);
    return;
  }
  if (message === "memory") {
    process.send?.(memory());
    return;
  }
  await worker.close();
  await closeAll();
  process.exit(0);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
