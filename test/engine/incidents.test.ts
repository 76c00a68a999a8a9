/**
 * Tests that a landed leg's tokens are compared with the signed least amount, and that only the finalized transaction
 * proves a shortfall.
 */
import { describe, expect, it } from "vitest";
import { settleOperation } from "../../src/engine/operation/settle.ts";
import type { Chain, Operation } from "../../src/engine/ports.ts";
import { resolveReview } from "../../src/engine/review/resolve-step.ts";
import { CTOError } from "../../src/errors/index.ts";
import { attemptOf, inserted } from "../../src/journal/contract/harness.ts";
import { delivers, openScene, type Scene } from "./parts.ts";

/** Settles the operation. In a scene, every attempt was signed for at least 12 token units. */
const settle = async ({ ports, journal, id }: Scene, reviewAfterMs = 600_000): Promise<boolean> =>
  settleOperation(ports, (await journal.readOperation(id)) as Operation, {
    owner: "worker",
    timeoutMs: 1,
    reviewAfterMs,
  });

const operationOf = ({ journal, id }: Scene): Promise<Operation | null> => journal.readOperation(id);

const landed = async (legs = 2): Promise<Scene> => {
  const scene = await openScene(
    Array.from({ length: legs }, () => "confirmed" as const),
    "completed",
  );
  scene.script.view = { state: "finalized", slot: 901n, failure: null };
  return scene;
};

describe("a leg that landed and received too little", () => {
  it("is an incident of its operation, emitted once, and stays landed", async () => {
    const scene = await landed();
    const honest = delivers(2, 13n).tokens;
    const [first, second] = honest;
    if (first === undefined || second === undefined) throw new Error("two legs");
    const short = { ...second, after: second.before + 11n };
    scene.script.transaction = () => ({ ...delivers(0, 0n), tokens: [first, short] });
    expect(await settle(scene)).toBe(true);
    const { address, attempts } = {
      ...(await scene.step(2)),
      address: short.owner,
    };
    const incident = {
      leg: 2,
      address,
      signature: attempts[0]?.signature,
      slot: 901n,
      received: 11n,
      least: 12n,
    };
    expect(await operationOf(scene)).toMatchObject({
      status: "completed",
      settled: true,
      incidents: [incident],
    });
    expect(scene.told).toMatchObject([
      { type: "incident", ...incident, failure: { code: "CTO_E_DELIVERY_SHORT" } },
    ]);
    expect(await scene.step(2)).toMatchObject({ status: "finalized", attempts: [{ status: "landed" }] });
    expect((await scene.journal.readLegs(scene.id)).map(({ tokensReceived }) => tokensReceived)).toEqual([
      13n,
      11n,
    ]);
    await settle(scene);
    expect(scene.told).toHaveLength(1);
  });

  it("is none while the endpoints that must agree show different tokens: one of them may lie", async () => {
    const scene = await landed(1);
    scene.script.transaction = () => delivers(1, 0n);
    let answers = [{ endpoint: "a", says: "0" }];
    const chain: Chain = {
      ...scene.ports.chain,
      readAgreedTransaction: async (signature) => {
        if (answers.length > 0) throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: signature, answers });
        return delivers(1, 0n);
      },
    };
    const lied = { ...scene, ports: { ...scene.ports, chain } };
    expect(await settle(lied)).toBe(false);
    expect([scene.told, (await operationOf(scene))?.incidents ?? []]).toEqual([[], []]);
    answers = [];
    expect(await settle(lied)).toBe(true);
    expect((await operationOf(scene))?.incidents).toMatchObject([{ received: 0n }]);
  });

  it("cannot be declared dead in a review", async () => {
    const scene = await landed(1);
    scene.script.transaction = () => delivers(1, 0n);
    await settle(scene);
    const decided = { resolution: "dead", reviewer: "bob", reason: "it got nothing", force: true } as const;
    const refused = resolveReview(
      { ...scene.ports, journal: scene.journal },
      `${scene.id}.buy.1`,
      decided,
      "bob",
    );
    await expect(refused).rejects.toMatchObject({ code: "CTO_E_REVIEW_REFUSED" });
    expect((await scene.step(1)).status).toBe("finalized");
  });

  it("is emitted by the next round if a process died between the record and the event", async () => {
    const scene = await landed(1);
    scene.script.transaction = () => delivers(1, 3n);
    const { journal } = scene.ports;
    const dies = { ...journal, appendEvent: () => Promise.reject(new Error("killed")) };
    const dying = { ...scene, ports: { ...scene.ports, journal: dies } };
    await expect(settle(dying)).rejects.toThrow("killed");
    expect(await operationOf(scene)).toMatchObject({ settled: false, incidents: [{ received: 3n }] });
    expect(await settle(scene)).toBe(true);
    expect(scene.told).toMatchObject([{ type: "incident", leg: 1 }]);
  });
});

describe("a leg that received what it was signed for", () => {
  it("is no incident, though its owner has moved the tokens on since", async () => {
    const scene = await landed(1);
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: -5n }]);
    scene.script.transaction = () => delivers(1, 12n);
    expect(await settle(scene)).toBe(true);
    expect((await operationOf(scene))?.incidents).toBeUndefined();
    expect(await scene.journal.readLegs(scene.id)).toMatchObject([{ tokensReceived: 12n }]);
  });

  it("has only what its transaction brought, though somebody has sent its wallet more meanwhile", async () => {
    const scene = await landed(1);
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 1_000n }]);
    scene.script.transaction = () => delivers(1, 13n);
    expect(await settle(scene)).toBe(true);
    expect((await operationOf(scene))?.incidents).toBeUndefined();
    expect(await scene.journal.readLegs(scene.id)).toMatchObject([{ tokensReceived: 13n }]);
  });

  it("needs no further request if its wallet holds enough", async () => {
    const scene = await landed(1);
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 12n }]);
    scene.script.transaction = () => {
      throw new Error("asked");
    };
    expect(await settle(scene)).toBe(true);
  });
});

describe("a leg whose transaction was found on chain after a restore", () => {
  it("has what its transaction brought", async () => {
    const scene = await openScene(["ready"], null);
    const { journal, id } = scene;
    const lease = await scene.lease();
    const { minTokensOut, ...found } = attemptOf(2, "found after a restore");
    expect(minTokensOut, "what it was signed for is lost").toBeDefined();
    const { id: stepId, version } = await inserted(journal, await scene.step(1), lease, {
      ...found,
      found: true,
    });
    const attempt = { number: 2, status: "landed", slot: 900n } as const;
    await journal.changeStep(stepId, version, lease, { status: "confirmed", attempt });
    await journal.changeOperation(id, lease, { status: "completed", progress: 100 });
    await journal.releaseLease(lease);
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    scene.script.transaction = () => delivers(1, 13n);
    expect(await settle(scene)).toBe(true);
    expect(await journal.readLegs(id)).toMatchObject([{ tokensReceived: 13n }]);
    expect((await operationOf(scene))?.incidents).toBeUndefined();
  });
});

describe("a leg of which the wallet's balance may have counted something else", () => {
  const received = async ({ journal, id }: Scene) => (await journal.readLegs(id))[0]?.tokensReceived;

  it("is read again before it is final, where a fork has moved its transaction to another slot", async () => {
    const scene = await landed(1);
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 99n }]);
    scene.script.transaction = () => null;
    expect(await settle(scene)).toBe(false);
    expect((await scene.step(1)).status).toBe("confirmed");
    scene.script.transaction = () => delivers(1, 13n);
    expect(await settle(scene)).toBe(true);
    expect(await received(scene)).toBe(13n);
  });

  it("is final even if no endpoint has the transaction any more", async () => {
    const scene = await landed(1);
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 99n }]);
    scene.script.transaction = () => null;
    expect(await settle(scene, -1)).toBe(true);
    expect((await scene.step(1)).status).toBe("finalized");
  });

  it("is read again where its step was reopened", async () => {
    const scene = await landed(1);
    const slot = 900n;
    scene.script.view = { state: "finalized", slot, failure: null };
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 99n }]);
    const { id, version } = await scene.step(1);
    const reopened = await scene.journal.reopenStep(id, version);
    const attempt = { number: 1, status: "landed", slot } as const;
    await scene.journal.changeStep(id, reopened?.version ?? 0, null, { status: "confirmed", attempt });
    scene.script.transaction = () => delivers(1, 13n);
    expect(await settle(scene)).toBe(true);
    expect(await received(scene)).toBe(13n);
  });
});

describe("a transaction that no endpoint shows", () => {
  it.each([
    ["nobody answers", "unavailable" as const],
    ["nobody has it", () => null],
  ])("keeps the operation unsettled while %s, and then proves nothing", async (_name, transaction) => {
    const scene = await landed(1);
    // The transaction stands in the slot where it landed, so no other rule keeps the operation unsettled.
    const [attempt] = (await scene.step(1)).attempts;
    scene.script.view = { state: "finalized", slot: attempt?.slot ?? expect.fail(), failure: null };
    await scene.journal.writeTokensReceived(scene.id, [{ leg: 1, tokens: 0n }]);
    scene.script.transaction = transaction;
    expect(await settle(scene)).toBe(false);
    expect(await operationOf(scene)).toMatchObject({ settled: false });
    expect(await settle(scene, -1)).toBe(true);
    expect((await operationOf(scene))?.incidents).toBeUndefined();
  });
});
