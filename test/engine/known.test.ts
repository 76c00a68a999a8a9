/** Tests what a run remembers of its legs and steps: never less than its own writes, and nothing after a failed one. */
import { expect, test } from "vitest";
import { remember, withMemory } from "../../src/engine/operation/known.ts";
import type { Journal } from "../../src/engine/ports.ts";
import { attemptOf } from "../../src/journal/contract/harness.ts";
import { openScene } from "./parts.ts";

/** A promise that the test resolves. */
function later<Value>(): { readonly promise: Promise<Value>; resolve(value: Value): void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve(value) };
}

/** Returns a scene whose reads are counted, and the run's ports. */
async function openCounted() {
  const scene = await openScene(["ready", "ready"], null);
  const counted = { readSteps: 0, readLegs: 0 };
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
  const run = withMemory({ ...scene.ports, journal }, scene.id).journal;
  return { scene, run, counted };
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
