/**
 * Tests settlement under forks: an unseen transaction does not count as dropped, and a step whose transaction is
 * provably gone is reopened once.
 */
import { describe, expect, it } from "vitest";
import { settleDue } from "../../src/engine/due.ts";
import { settleOperation } from "../../src/engine/operation/settle.ts";
import { blockhashLifeMs, type Chain, LONGEST_SLOT_MS, type Operation } from "../../src/engine/ports.ts";
import { dead, openScene, type Scene, says } from "./parts.ts";

const settle = async ({ ports, journal, id }: Scene, reviewAfterMs = 600_000): Promise<boolean> =>
  settleOperation(ports, (await journal.readOperation(id)) as Operation, {
    owner: "worker",
    timeoutMs: 1,
    reviewAfterMs,
  });

const failure = { error: "x", message: "it failed" };

describe("settling", () => {
  it("finalizes what is final, and then the operation is settled", async () => {
    const scene = await openScene(["confirmed", "confirmed"], "completed");
    scene.script.view = { state: "finalized", slot: 901n, failure: null };
    expect(await settle(scene)).toBe(true);
    expect(await scene.step(1)).toMatchObject({ status: "finalized", attempts: [{ slot: 901n }] });
    expect(await scene.journal.readOperation(scene.id)).toMatchObject({ settled: true });
  });

  it("waits for what is confirmed, without asking for evidence", async () => {
    const scene = await openScene(["confirmed"], "completed");
    scene.script.view = { state: "confirmed", slot: 900n, failure: null };
    scene.script.evidence = dead(252n);
    expect(await settle(scene)).toBe(false);
    expect((await scene.step(1)).status).toBe("confirmed");
  });

  it.each([
    ["no endpoint can be asked", "unavailable" as const],
    ["it may still land in block L + 1", dead(251n)],
    ["one of two endpoints cannot tell", dead(252n, 251n)],
    ["it failed in a block that is not final", says({ slot: 900n, finalized: false, failure })],
    ["it is on chain, not final yet", says({ slot: 900n, finalized: false, failure: null })],
  ])("sends the same bytes again and waits while unseen and %s", async (_name, evidence) => {
    const scene = await openScene(["confirmed"], "completed");
    scene.script.evidence = evidence;
    const before = await scene.step(1);
    expect(await settle(scene)).toBe(false);
    expect(await scene.step(1)).toEqual(before);
    expect(scene.script.sent).toEqual([before.attempts[0]?.wire]);
    expect(await scene.journal.readOperation(scene.id)).toMatchObject({
      status: "completed",
      settled: false,
    });
  });

  it.each([
    ["every endpoint has pruned", 900n, 900n],
    ["one endpoint has pruned, while the other proves it dead", 252n, 900n],
  ])(
    "reopens what %s, so that it ends in review instead of waiting for ever",
    async (_name, height, prunedHeight) => {
      const scene = await openScene(["confirmed"], "completed");
      const { chain } = scene.ports;
      const pruned: Scene = {
        ...scene,
        ports: {
          ...scene.ports,
          chain: {
            ...chain,
            gatherEvidence: async (signatures) =>
              (await chain.gatherEvidence(signatures)).map((one) =>
                one.finalizedBlockHeight === prunedHeight ? { ...one, firstAvailableSlot: 999_999n } : one,
              ),
          },
        },
      };
      scene.script.evidence = dead(height, prunedHeight);
      expect(await settle(pruned)).toBe(false);
      expect((await scene.step(1)).status).toBe("confirmed");
      expect(await settle(pruned, -1)).toBe(false);
      expect(await scene.step(1)).toMatchObject({ status: "in_flight", attempts: [{ status: "live" }] });
      expect(await scene.journal.readOperation(scene.id)).toMatchObject({ status: "active", settled: false });
    },
  );

  it("waits, however long it takes, for what may still land", async () => {
    const scene = await openScene(["confirmed"], "completed");
    scene.script.evidence = dead(251n);
    expect(await settle(scene, -1)).toBe(false);
    expect((await scene.step(1)).status).toBe("confirmed");
  });

  it("finalizes what is unseen by recent statuses and final by history", async () => {
    const scene = await openScene(["confirmed"], "completed");
    scene.script.evidence = says({ slot: 905n, finalized: true, failure: null });
    expect(await settle(scene)).toBe(true);
    expect(await scene.step(1)).toMatchObject({ status: "finalized", attempts: [{ slot: 905n }] });
  });

  it.each([
    ["vanished and expired", { state: "unseen" } as const, dead(252n, 252n)],
    [
      "failed for good after a fork",
      { state: "finalized", slot: 905n, failure } as const,
      says({ slot: 905n, finalized: true, failure }),
    ],
  ])("reopens every step whose transaction %s, and emits one event", async (_name, view, evidence) => {
    const scene = await openScene(["confirmed", "confirmed"], "completed");
    Object.assign(scene.script, { view, evidence });
    expect(await settle(scene)).toBe(false);
    for (const leg of [1, 2]) {
      expect(await scene.step(leg)).toMatchObject({ status: "in_flight", attempts: [{ status: "live" }] });
    }
    expect(await scene.journal.readOperation(scene.id)).toMatchObject({ status: "active", settled: false });
    expect(scene.told).toMatchObject([
      { type: "leg", leg: 1, status: "in_flight" },
      { type: "leg", leg: 2, status: "in_flight" },
    ]);
    // The lease is free, so the worker that the requeuer wakes can acquire it.
    await scene.lease();
  });

  it("leaves the reopening to a later round while a worker has the wallets", async () => {
    const scene = await openScene(["confirmed"], "completed");
    scene.script.evidence = dead(252n);
    const lease = await scene.lease();
    expect(await settle(scene)).toBe(false);
    expect((await scene.step(1)).status).toBe("confirmed");
    await scene.journal.releaseLease(lease);
    await settle(scene);
    expect((await scene.step(1)).status).toBe("in_flight");
  });
});

describe("a round of settling", () => {
  it.each([
    ["today", 200, 30_000],
    ["tower", 400, 60_000],
    ["a cluster that has stood still, so that its slots seem to last 2 s", LONGEST_SLOT_MS, 60_000],
    ["a localnet", 25, 3_750],
  ])(
    "watches an unseen signature for no longer than a real life of a blockhash: %s",
    async (_name, slotMs, most) => {
      const scene = await openScene(["confirmed"], "completed");
      const watched: number[] = [];
      const chain: Chain = {
        ...scene.ports.chain,
        blockhashLifeMs: () => blockhashLifeMs(slotMs),
        watch: async (_signature, { timeoutMs }) => {
          watched.push(timeoutMs);
          return { state: "unseen" };
        },
      };
      await settleDue({ ...scene.ports, chain }, "worker");
      expect(watched).toEqual([most]);
      // It is sent again, and waits: time alone reopens nothing.
      expect(scene.script.sent).toHaveLength(1);
      expect((await scene.step(1)).status).toBe("confirmed");
    },
  );
});
