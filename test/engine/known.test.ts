/** Tests what a run remembers of its legs and steps: never less than its own writes, and nothing after a failed one. */
import { expect, test } from "vitest";
import { remember, withMemory } from "../../src/engine/operation/known.ts";
import type { Journal } from "../../src/engine/ports.ts";
import { attemptOf, legsOf } from "../../src/journal/contract/harness.ts";
import { openScene, type Scene } from "./parts.ts";

/** A promise that the test resolves. */
function later<Value>(): { readonly promise: Promise<Value>; resolve(value: Value): void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve(value) };
}

type Reads = { readSteps: number; readLegs: number };

/** Returns the journal of a run, whose reads are counted. */
function openCountedRun(scene: Scene, counted: Reads, of: string): Journal {
  const journal: Journal = Object.assign(Object.create(scene.journal) as Journal, {
    readSteps: (id: string) => {
      counted.readSteps += 1;
      return scene.journal.readSteps(id);
    },
    readLegs: (id: string) => {
      counted.readLegs += 1;
      return scene.journal.readLegs(id);
    },
  });
  return withMemory({ ...scene.ports, journal }, of).journal;
}

/** Returns a scene whose reads are counted, and the run's journal. */
async function openCounted() {
  const scene = await openScene(["ready", "ready"], null);
  const counted: Reads = { readSteps: 0, readLegs: 0 };
  return { scene, run: openCountedRun(scene, counted, scene.id), counted };
}

test("a run reads its legs and steps once, and knows its own writes without a further read", async () => {
  const { scene, run, counted } = await openCounted();
  const lease = await scene.lease();
  await run.readLegs(scene.id);
  const [first] = await run.readSteps(scene.id);
  if (first === undefined) throw new Error("there is no step");
  const inserted = await run.insertAttempt(first.id, first.version, lease, attemptOf(2));
  if (inserted.outcome !== "inserted") throw new Error(inserted.outcome);
  const landed = { number: 2, status: "landed", slot: 905n } as const;
  const change = { status: "confirmed", attempt: landed } as const;
  expect(await run.changeStep(first.id, inserted.step.version, lease, change)).not.toBeNull();
  const anchors = [
    { leg: 1, tokens: 7n },
    { leg: 2, tokens: 8n },
  ];
  expect(await run.anchorLegs(scene.id, lease, anchors)).toBe(true);
  expect(await run.anchorLegs(scene.id, lease, [{ leg: 1, tokens: 99n }])).toBe(true);

  expect(await run.readSteps(scene.id)).toEqual(await scene.journal.readSteps(scene.id));
  expect(await run.readLegs(scene.id)).toEqual(await scene.journal.readLegs(scene.id));
  expect((await run.readLegs(scene.id)).map(({ leastTokens }) => leastTokens)).toEqual([7n, 8n]);
  expect(counted).toEqual({ readSteps: 1, readLegs: 1 });
});

test("a refused write makes the run read again, and another operation is never remembered", async () => {
  const { scene, run, counted } = await openCounted();
  const lease = await scene.lease();
  const [first] = await run.readSteps(scene.id);
  if (first === undefined) throw new Error("there is no step");
  // Somebody else has written the step.
  await scene.journal.insertAttempt(first.id, first.version, lease, attemptOf(2));
  expect(await run.changeStep(first.id, first.version, lease, { status: "failed" })).toBeNull();
  expect((await run.readSteps(scene.id))[0]).toMatchObject({ status: "in_flight" });
  expect(counted.readSteps).toBe(2);
  await run.readSteps("another");
  await run.readSteps("another");
  expect(counted.readSteps).toBe(4);
});

test("a read that began before a write ended is not remembered, and nothing is after a write that failed", async () => {
  const reads = [later<string[]>(), later<string[]>(), later<string[]>()];
  let at = 0;
  const known = remember(() => {
    at += 1;
    return (reads[at - 1] ?? later<string[]>()).promise;
  });
  const early = known.read();
  await known.write(
    async () => "b",
    (items, added) => [...items, added],
  );
  reads[0]?.resolve(["a"]);
  expect(await early).toEqual(["a"]);
  reads[1]?.resolve(["a", "b"]);
  expect(await known.read()).toEqual(["a", "b"]);
  expect(await known.read()).toEqual(["a", "b"]);
  expect(at).toBe(2);

  await expect(known.write(() => Promise.reject(new Error("the answer is lost")))).rejects.toThrow("lost");
  reads[2]?.resolve(["a", "b", "c"]);
  expect(await known.read()).toEqual(["a", "b", "c"]);
});

test("a run knows its new plan without reading it, and reads a plan that it did not write", async () => {
  const { scene, counted } = await openCounted();
  const lease = await scene.lease();
  const { request } = (await scene.journal.readOperation(scene.id)) ?? {};
  if (request === undefined) throw new Error("there is no operation");
  for (const [id, kind] of [
    ["fresh", "buy"],
    ["sweep", "recover"],
  ] as const) {
    await scene.journal.createOperation({ id, request });
    const before = { ...counted };
    const run = openCountedRun(scene, counted, id);
    expect([await run.readLegs(id), await run.readSteps(id)]).toEqual([[], []]);
    expect(await run.writePlan(id, lease, [...legsOf(3)].reverse(), kind)).toBe(true);
    expect(await run.readLegs(id)).toEqual(await scene.journal.readLegs(id));
    expect(await run.readSteps(id)).toEqual(await scene.journal.readSteps(id));
    expect(counted).toEqual({ readLegs: before.readLegs + 1, readSteps: before.readSteps + 1 });
    // A plan is written once, so a second one changes nothing.
    expect(await run.writePlan(id, lease, legsOf(2), kind)).toBe(true);
    expect([await run.readLegs(id), await run.readSteps(id)]).toEqual([
      await scene.journal.readLegs(id),
      await scene.journal.readSteps(id),
    ]);
    // Another run has planned since: this run may only believe the journal.
    const later = openCountedRun(scene, counted, id);
    expect(await later.writePlan(id, lease, legsOf(2), kind)).toBe(true);
    expect(await later.readLegs(id)).toHaveLength(3);
    expect(await later.readSteps(id)).toHaveLength(3);
  }
  await scene.journal.createOperation({ id: "lost", request });
  const run = openCountedRun(scene, counted, "lost");
  await Promise.all([run.readLegs("lost"), run.readSteps("lost")]);
  expect(await run.writePlan("lost", { ...lease, token: lease.token - 1n }, legsOf(2))).toBe(false);
  await scene.journal.writePlan("lost", lease, legsOf(1));
  expect(await run.readLegs("lost")).toHaveLength(1);
  expect(await run.readSteps("lost")).toHaveLength(1);
});
