/**
 * Runs in a worker process of the sweep: it opens, arms and closes a worker as the sweep orders. The sweep may kill it
 * at any point.
 */

import { readConfig } from "../src/config.ts";
import { ENGINE_DEFAULTS } from "../src/engine/settings.ts";
import { type CTOContext, openContext } from "../src/runtime/context.ts";
import type { WorkerPorts } from "../src/runtime/worker-ports.ts";
import { enqueue } from "../src/services/operations.ts";
import { recover } from "../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../src/worker/cto-worker.ts";
import { makeHeavy } from "../test/support/heavy.ts";
import { actOnCall } from "./call-acts.ts";
import { callNoteOf } from "./call-notes.ts";
import { setClock } from "./clock.ts";
import type { News, Order, Timing } from "./messages.ts";
import { Probe } from "./probe.ts";

const tell = (news: News): void => {
  process.send?.(news);
};

let goOn: () => void = () => undefined;
const probe = new Probe(() => {
  const going = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  tell({ type: "reached" });
  return going;
});

let opened: { context: CTOContext; watched: CTOContext; worker: CTOWorker } | undefined;

async function open(env: Readonly<Record<string, string>>, timing: Timing, heavy: boolean): Promise<void> {
  setClock(0);
  const enlarge = heavy ? await makeHeavy() : (ports: WorkerPorts) => ports;
  const context = await openContext(readConfig(env));
  const watched: CTOContext = {
    ...context,
    journal: probe.wrap("journal", context.journal, callNoteOf),
    queue: probe.wrap("queue", context.queue),
  };
  const worker = await createCTOWorker({
    context: watched,
    takeoverMs: timing.takeoverMs,
    sweepMs: timing.requeueMs,
    settings: { ...ENGINE_DEFAULTS, times: { rebroadcastMs: timing.rebroadcastMs } },
    wrapPorts: (real) => {
      const ports = enlarge(real);
      return {
        ...ports, // The context's journal is already wrapped.
        chain: probe.wrap("chain", ports.chain),
        keyring: probe.wrap("keyring", ports.keyring),
        venues: probe.wrap("venues", ports.venues),
        events: probe.wrap("events", ports.events),
      };
    },
  });
  opened = { context, watched, worker };
}

async function close(): Promise<void> {
  const calls = probe.calls();
  probe.disarm();
  goOn();
  await opened?.worker.close();
  await opened?.context.close();
  opened = undefined;
  tell({ type: "closed", calls });
}

async function obey(order: Order): Promise<void> {
  if (order.type === "go") goOn();
  if (order.type === "arm") probe.arm(order.plan);
  if (order.type === "close") await close();
  if (order.type === "open") {
    await open(order.env, order.timing, order.heavy);
    tell({ type: "opened" });
  }
  if (order.type === "enqueue" && opened !== undefined) {
    await enqueue(opened.watched, order.job, 0, { idempotencyKey: order.idempotencyKey });
    tell({ type: "accepted" });
  }
  if (order.type === "call" && opened !== undefined) {
    const result = await actOnCall(opened.watched, opened.worker.ports, order.act);
    tell({ type: "acted", result });
  }
  if (order.type === "recover" && opened !== undefined) {
    await recover(opened.watched, order.jobId, { waitMs: 0 });
    tell({ type: "accepted" });
  }
}

process.on("message", (order: Order) => {
  obey(order).catch((error: unknown) =>
    tell({
      type: "failed",
      order: order.type,
      reason: error instanceof Error ? error.message : String(error),
    }),
  );
});
process.on("disconnect", () => process.exit(0));
tell({ type: "ready" });
