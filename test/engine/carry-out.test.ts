/** What a worker does with a wake-up: the lease is kept while it works, an outage is tried again, and only then ends what cannot land. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { beatsOf } from "../../src/engine/beats.ts";
import { type CarryOptions, carryOut, TRIES } from "../../src/engine/carry-out.ts";
import { settleDue } from "../../src/engine/due.ts";
import type { Clock } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { planned, USER } from "../../src/journal/contract/harness.ts";
import { openScene, type Scene, says } from "./parts.ts";

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

const carry = ({ ports, wallets, id }: Scene, changes: Partial<CarryOptions> = {}, of = id) =>
  carryOut({ ...ports, clock }, of, {
    owner: "worker/1",
    beats: beatsOf(150),
    listWallets: async () => wallets,
    attemptsMade: 0,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: false },
    shutdown: new AbortController().signal,
    ...changes,
  });

/** An operation with a plan of which nothing was signed; its market cannot be read. */
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
  const running = carry({ ...scene, ports: { ...scene.ports, chain } });
  for (let look = 0; look < 5; look += 1) {
    await delay(100);
    expect(await scene.journal.acquireLease(USER, "another", 1_000)).toBeNull();
  }
  expect(await running).toMatchObject({ kind: "ended", operation: { status: "completed" } });
  expect(await scene.journal.acquireLease(USER, "another", 1_000)).not.toBeNull();
});

it("waits without using up an attempt while another has the lease", async () => {
  const scene = await openScene(["in_flight"], null);
  await scene.lease();
  const beats = beatsOf();
  expect(await carry(scene, { beats, attemptsMade: TRIES - 1 })).toEqual({ kind: "later", ms: beats.busyMs });
});

it("stops when its lease is taken over, and when the process ends", async () => {
  const scene = await openScene(["in_flight"], null);
  const shutdown = new AbortController();
  shutdown.abort();
  expect(await carry(scene, { shutdown: shutdown.signal })).toEqual({ kind: "later", ms: 1 });
  const chain = {
    ...scene.ports.chain,
    watch: async () => {
      await delay(100);
      return { state: "unseen" } as const;
    },
  };
  // It sleeps past its lease, as a stopped process does.
  const asleep: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(ms * 100, signal) };
  const owner = "worker/2";
  const running = carryOut({ ...scene.ports, chain, clock: asleep }, scene.id, {
    owner,
    beats: beatsOf(30),
    listWallets: async () => scene.wallets,
    attemptsMade: 0,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: false },
    shutdown: new AbortController().signal,
  });
  await expect.poll(() => scene.journal.acquireLease(USER, "another", 60_000)).not.toBeNull();
  scene.script.evidence = [{ height: 999n, status: () => null }];
  expect(await running).toEqual({ kind: "later", ms: 1 });
});

it("tries an outage again, and ends the operation when its attempts are used up", async () => {
  const { scene, id } = await openOutage();
  expect(await carry(scene, {}, id)).toMatchObject({
    kind: "failed",
    error: { code: "CTO_E_RPC_UNAVAILABLE" },
  });
  expect(await scene.journal.readOperation(id)).toMatchObject({ status: "active" });
  expect(await carry(scene, { attemptsMade: TRIES - 1 }, id)).toMatchObject({
    kind: "ended",
    operation: { status: "failed", failure: { code: "CTO_E_RPC_UNAVAILABLE" } },
  });
});

it("never ends an operation of which something may land", async () => {
  const scene = await openScene(["in_flight"], null);
  const chain = { ...scene.ports.chain, watch: () => Promise.reject(new Error("down")) };
  const ports = { ...scene.ports, chain };
  expect(await carry({ ...scene, ports }, { attemptsMade: TRIES - 1 })).toMatchObject({ kind: "failed" });
  expect(await scene.step(1)).toMatchObject({ status: "in_flight" });
});

it.each(["completed", "cancelled"] as const)("settles what landed of a %s operation", async (ended) => {
  const scene = await openScene(["confirmed"], ended);
  scene.script.evidence = says({ slot: 900n, finalized: true, failure: null });
  await settleDue(scene.ports, "worker");
  expect(await scene.journal.readOperation(scene.id)).toMatchObject({ settled: true });
});
