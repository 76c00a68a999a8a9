/** Tests a run that finds a step under review: it reads the evidence first, and changes nothing without proof. */
import { describe, expect, it } from "vitest";
import { LeaseLost } from "../../src/engine/operation/journaling.ts";
import { runOperation } from "../../src/engine/operation/run.ts";
import { dead, openScene as openAnyScene, type Scene, says } from "./parts.ts";

const run = async ({ ports, id, wallets, lease }: Scene) => {
  const held = await lease();
  try {
    await ports.journal.writeLimits(null, {
      maxOperationLamports: null,
      maxUserDayLamports: null,
      maxWalletLifetimeLamports: null,
    });
    return await runOperation(ports, id, { lease: held, wallets, signal: new AbortController().signal });
  } finally {
    await ports.journal.releaseLease(held);
  }
};

describe.each(["alpenglow", "tower"] as const)("a step under review on %s", (consensus) => {
  const openScene: typeof openAnyScene = async (...given) => {
    const scene = await openAnyScene(...given);
    scene.script.consensus = consensus;
    return scene;
  };

  it.each([
    ["cannot be had", "unavailable" as const],
    ["proves nothing", dead(251n)],
    ["is missing at one of two endpoints", dead(252n, 251n)],
  ])("stays as it is while the evidence %s, and no event is emitted", async (_name, evidence) => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = evidence;
    const before = await scene.step(1);
    const finished = (await scene.journal.readOperation(scene.id))?.finishedAt;
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await run(scene)).toMatchObject({ status: "needs_review" });
    expect(await scene.step(1)).toEqual(before);
    expect(scene.told.filter(({ type }) => type !== "phase")).toEqual([]);
    // The next slow poll is timed from the last one.
    const after = (await scene.journal.readOperation(scene.id))?.finishedAt;
    expect(after?.getTime()).toBeGreaterThan(finished?.getTime() ?? 0);
  });

  it("lands when the evidence says so, and the operation completes", async () => {
    const scene = await openScene(["needs_review", "finalized"], "needs_review");
    scene.script.evidence = says({ slot: 905n, finalized: true, failure: null });
    expect(await run(scene)).toMatchObject({ status: "completed", partial: false });
    expect(await scene.step(1)).toMatchObject({ status: "finalized", attempts: [{ status: "landed" }] });
    expect(scene.told.at(-1)).toMatchObject({ type: "result", status: "completed" });
  });

  it("fails when it is final on chain with an error", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = says({
      slot: 905n,
      finalized: true,
      failure: { error: "x", message: "slippage" },
    });
    expect(await run(scene)).toMatchObject({ status: "failed" });
    expect(await scene.step(1)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_TRANSACTION_FAILED" },
    });
  });

  it("may be signed again only when provably dead; the operation is active before that", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = dead(252n);
    const outage = await run(scene).catch((error: unknown) => error);
    // The run got as far as opening a market. This scene's chain refuses that.
    expect(outage).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(await scene.step(1)).toMatchObject({ status: "ready", attempts: [{ status: "dead" }] });
    expect(await scene.journal.readOperation(scene.id)).toMatchObject({ status: "active" });
  });

  it("is cancelled when provably dead and the caller no longer wants it", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    await scene.journal.requestCancel(scene.id);
    scene.script.evidence = dead(252n);
    expect(await run(scene)).toMatchObject({ status: "cancelled" });
    expect(await scene.step(1)).toMatchObject({ status: "cancelled" });
  });

  it("is not touched by a worker whose lease was taken over", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = dead(252n);
    const { ports, id, wallets } = scene;
    const stale = await scene.lease();
    await scene.journal.releaseLease(stale);
    await scene.lease();
    const signal = new AbortController().signal;
    await expect(runOperation(ports, id, { lease: stale, wallets, signal })).rejects.toThrow(LeaseLost);
    expect((await scene.step(1)).status).toBe("needs_review");
  });
});

describe("a step in flight past its deadline", () => {
  const MINUTE = 60_000;

  /** A scene whose clock the test moves, and whose process sleeps for an hour during its first poll. */
  const sleeper = async (evidence: Scene["script"]["evidence"]) => {
    const scene = await openAnyScene(["in_flight"], null);
    let now = Date.now();
    let looks = 0;
    const { chain } = scene.ports;
    const ports: Scene["ports"] = {
      ...scene.ports,
      clock: { ...scene.ports.clock, now: () => new Date(now) },
      chain: {
        ...chain,
        watch: async (...asked) => {
          looks += 1;
          now += looks === 1 ? 60 * MINUTE : 2_000;
          if (looks > 1) scene.script.view = { state: "finalized", slot: 905n, failure: null };
          return looks === 1 ? { state: "unseen" } : chain.watch(...asked);
        },
      },
    };
    scene.script.evidence = evidence;
    return { scene: { ...scene, ports }, looks: () => looks };
  };

  it("is polled once more by a process that slept past the deadline, and does not go to review", async () => {
    const { scene, looks } = await sleeper("unavailable");
    expect(await run(scene)).toMatchObject({ status: "completed" });
    expect(await scene.step(1)).toMatchObject({ status: "finalized", attempts: [{ slot: 905n }] });
    expect(looks()).toBe(2);
  });

  it("goes to review if a poll that began after the deadline proves nothing", async () => {
    const scene = await openAnyScene(["in_flight"], null);
    const later = Date.now() + 60 * MINUTE;
    const clock = { ...scene.ports.clock, now: () => new Date(later) };
    expect(await run({ ...scene, ports: { ...scene.ports, clock } })).toMatchObject({
      status: "needs_review",
    });
  });

  /** Runs with this clock, and with a transaction that is seen as final from the given poll on. */
  const follow = async (now: () => Date, finalAt: number) => {
    const scene = await openAnyScene(["in_flight"], null);
    scene.script.evidence = dead(251n);
    let looks = 0;
    const chain = {
      ...scene.ports.chain,
      watch: async () => {
        looks += 1;
        if (looks < finalAt) return { state: "unseen" } as const;
        return { state: "finalized", slot: 905n, failure: null } as const;
      },
    };
    const clock = { ...scene.ports.clock, now };
    const operation = await run({ ...scene, ports: { ...scene.ports, chain, clock } });
    return { operation, sent: scene.script.sent, looks };
  };

  it("does not go to review within a blockhash's life because this machine's clock is an hour ahead", async () => {
    const { operation, sent } = await follow(() => new Date(Date.now() + 60 * MINUTE), 25);
    expect(operation).toMatchObject({ status: "completed" });
    expect(sent).toHaveLength(25);
    expect(new Set(sent).size).toBe(1);
  });

  it.each([
    ["is an hour behind", () => new Date(Date.now() - 60 * MINUTE)],
    ["stands still", () => new Date(0)],
  ])("goes to review after ten lives of its own although this machine's clock %s", async (_what, now) => {
    const { operation, looks } = await follow(now, Number.POSITIVE_INFINITY);
    expect(operation).toMatchObject({ status: "needs_review" });
    // A life of 60 s has thirty polls.
    expect(looks).toBe(302);
  });
});
