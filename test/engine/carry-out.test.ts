/**
 * Tests a worker's turn: it keeps the lease while it works, retries after an outage, and then ends operations that
 * cannot land.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { backoffMs, beatsOf, TRIES } from "../../src/engine/beats.ts";
import { type CarryOptions, takeTurn } from "../../src/engine/carry-out.ts";
import { settleDue } from "../../src/engine/due.ts";
import { createLeaseKeeper } from "../../src/engine/lease-keeper.ts";
import type { Clock } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { planned, requestOf, USER } from "../../src/journal/contract/harness.ts";
import { openScene, type Scene, says } from "./parts.ts";

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

const SETTINGS = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };

const turn = (
  { ports, wallets }: Scene,
  { beats = beatsOf(150), ...changes }: Partial<CarryOptions> = {},
  by = clock,
) =>
  takeTurn({ ...ports, clock: by }, USER, {
    owner: "worker/1",
    beats,
    leases: createLeaseKeeper({ ...ports, clock: by }, beats),
    listWallets: async () => wallets,
    settings: SETTINGS,
    shutdown: new AbortController().signal,
    ...changes,
  });

/** Returns an operation with a plan and without signatures. Its market cannot be read. */
async function openOutage(): Promise<{ scene: Scene; id: string }> {
  const scene = await openScene(["finalized"], "completed");
  const { id, lease } = await planned(scene.journal, 1, "outage");
  await scene.journal.releaseLease(lease);
  return { scene, id };
}

it("renews the lease for as long as the run lasts, and releases it then", async () => {
  const scene = await openScene(["in_flight"], null);
  let watched = false;
  const chain = {
    ...scene.ports.chain,
    watch: async () => {
      if (!watched) await delay(600);
      watched = true;
      return { state: "confirmed", slot: 905n, failure: null } as const;
    },
  };
  const running = turn({ ...scene, ports: { ...scene.ports, chain } });
  for (let look = 0; look < 5; look += 1) {
    await delay(100);
    expect(await scene.journal.acquireLease(USER, "another", 1_000)).toBeNull();
  }
  expect(await running).toMatchObject({
    worked: { kind: "ended", operation: { status: "completed" } },
    againMs: null,
  });
  expect(await scene.journal.acquireLease(USER, "another", 1_000)).not.toBeNull();
});

/** Blocks the whole process. */
const block = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

it("keeps its lease while the process is busy, and for longer if no other worker wants it", async () => {
  const scene = await openScene(["in_flight"], null);
  const beats = beatsOf(600);
  const others: unknown[] = [];
  let looks = 0;
  const chain = {
    ...scene.ports.chain,
    watch: async () => {
      looks += 1;
      if (looks > 1) return { state: "confirmed", slot: 905n, failure: null } as const;
      for (const ms of [0.6, 0.6, 1.5].map((share) => share * beats.leaseMs)) {
        block(ms);
        await delay(1);
        others.push(await scene.journal.acquireLease(USER, "another", 1_000));
      }
      return { state: "unseen" } as const;
    },
  };
  const running = turn({ ...scene, ports: { ...scene.ports, chain } }, { beats });
  expect(await running).toMatchObject({ worked: { kind: "ended", operation: { status: "completed" } } });
  expect(others).toEqual([null, null, null]);
});

it("waits without using up a try while another has the lease", async () => {
  const scene = await openScene(["in_flight"], null);
  await scene.lease();
  const beats = beatsOf();
  expect(await turn(scene, { beats })).toEqual({ worked: null, againMs: beats.busyMs });
  expect(await scene.journal.readOperation(scene.id)).toMatchObject({ tries: 0 });
});

it("stops when its lease is taken over, and when the process ends", async () => {
  const scene = await openScene(["in_flight"], null);
  const shutdown = new AbortController();
  shutdown.abort();
  expect(await turn(scene, { shutdown: shutdown.signal })).toEqual({ worked: null, againMs: 0 });
  const chain = {
    ...scene.ports.chain,
    watch: async () => {
      await delay(100);
      return { state: "unseen" } as const;
    },
  };
  // The worker sleeps past the end of its lease, like a stopped process.
  const asleep: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(ms * 100, signal) };
  const running = turn({ ...scene, ports: { ...scene.ports, chain } }, { beats: beatsOf(30) }, asleep);
  await expect.poll(() => scene.journal.acquireLease(USER, "another", 60_000)).not.toBeNull();
  scene.script.evidence = [{ height: 999n, status: () => null }];
  expect(await running).toEqual({ worked: null, againMs: 0 });
});

it("lets an operation rest after an outage, and ends it when its tries are used up", async () => {
  const { scene, id } = await openOutage();
  let now = Date.now();
  const later: Clock = { ...clock, now: () => new Date(now) };
  for (let tries = 1; tries < TRIES; tries += 1) {
    const { worked, againMs } = await turn(scene, {}, later);
    expect(worked).toMatchObject({
      kind: "failed",
      operationId: id,
      error: { code: "CTO_E_RPC_UNAVAILABLE" },
    });
    expect(againMs).toBe(backoffMs(tries));
    expect(await scene.journal.readOperation(id)).toMatchObject({
      status: "active",
      tries,
      notBefore: new Date(now + backoffMs(tries)),
    });
    // A wake-up that comes too early does nothing.
    now += backoffMs(tries) - 1;
    expect(await turn(scene, {}, later)).toEqual({ worked: null, againMs: 1 });
    now += 1;
  }
  expect(await turn(scene, {}, later)).toMatchObject({
    worked: { kind: "ended", operation: { status: "failed", failure: { code: "CTO_E_RPC_UNAVAILABLE" } } },
    againMs: null,
  });
});

it("never ends an operation of which something may land", async () => {
  const scene = await openScene(["in_flight"], null);
  const chain = { ...scene.ports.chain, watch: () => Promise.reject(new Error("down")) };
  let now = Date.now();
  const later: Clock = { ...clock, now: () => new Date(now) };
  for (let tries = 0; tries < TRIES + 2; tries += 1) {
    const { worked, againMs } = await turn({ ...scene, ports: { ...scene.ports, chain } }, {}, later);
    expect(worked).toMatchObject({ kind: "failed" });
    now += againMs ?? 0;
  }
  expect(await scene.step(1)).toMatchObject({ status: "in_flight" });
});

it("carries out one operation per turn: begun ones first, then by priority, then in the order of acceptance", async () => {
  const scene = await openScene(["in_flight"], null);
  scene.script.view = { state: "confirmed", slot: 905n, failure: null };
  const accept = (id: string, priority: number) =>
    scene.journal.createOperation({ id, request: requestOf({ priority }) });
  await accept("late", 9);
  await accept("first", 2);
  await accept("second", 2);
  await accept("urgent", 0);
  const order: string[] = [];
  let now = Date.now();
  for (;;) {
    const { worked, againMs } = await turn(scene, {}, { ...clock, now: () => new Date(now) });
    order.push(worked?.kind === "failed" ? worked.operationId : (worked?.operation.id ?? "nothing"));
    if (order.length === 5) break;
    // The survey fails. Each operation rests, and does not delay the others.
    expect(againMs).toBe(0);
    now += 1;
  }
  expect(order).toEqual(["op", "urgent", "first", "second", "late"]);
});

it.each(["completed", "cancelled"] as const)("settles what landed of a %s operation", async (ended) => {
  const scene = await openScene(["confirmed"], ended);
  scene.script.evidence = says({ slot: 900n, finalized: true, failure: null });
  await settleDue(scene.ports, "worker");
  expect(await scene.journal.readOperation(scene.id)).toMatchObject({ settled: true });
});
