/**
 * Tests how many polls a burst of landings costs. Time and hints are simulated, because the number must not depend on
 * the machine that runs the test.
 */
import { getBase58Decoder, type Signature } from "@solana/kit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Confirmer } from "../../src/chain/confirm.ts";
import type { createHints } from "../../src/chain/hints.ts";
import type { Call } from "../../src/chain/rpc.ts";

const SLOT_MS = 400;
const signatureOf = (n: number): Signature =>
  getBase58Decoder().decode(new Uint8Array(64).fill(1).fill(n + 1, 0, 1)) as Signature;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A cluster on which each signature lands some slots after it was watched. A landing gives a hint, unless it is silent. */
function scene(isSilent: (signature: Signature) => boolean = () => false) {
  const landsAt = new Map<Signature, number>();
  let polls = 0;
  const slotNow = (): number => Math.floor(performance.now() / SLOT_MS);
  const call = (async ({ params }: { params: readonly [readonly Signature[]] }) => {
    polls += 1;
    return {
      context: { slot: BigInt(slotNow()) },
      value: params[0].map((signature) => {
        const slot = landsAt.get(signature) ?? Number.POSITIVE_INFINITY;
        return slot > slotNow() ? null : { slot: BigInt(slot), commitment: "confirmed", failure: null };
      }),
    };
  }) as unknown as Call;
  const hints: typeof createHints = ({ onHint }) => ({
    working: () => true,
    listen: (signature) => {
      const slot = landsAt.get(signature);
      if (slot !== undefined && !isSilent(signature))
        setTimeout(() => onHint(signature), slot * SLOT_MS - performance.now());
      return () => undefined;
    },
  });
  const confirmer = new Confirmer({ call }, { createHints: hints });
  /** Watches one that lands in two slots. @returns the time from its landing until we know, in slots */
  const watch = async (n: number): Promise<number> => {
    const signature = signatureOf(n);
    const slot = slotNow() + 2;
    landsAt.set(signature, slot);
    const { state } = await confirmer.watch(signature, { timeoutMs: 60_000, until: "confirmed" });
    expect(state).toBe("confirmed");
    return performance.now() / SLOT_MS - slot;
  };
  /** Watches one that does not become final, and that nobody waits for. */
  const watchPatiently = (n: number) =>
    confirmer.watch(signatureOf(n), { timeoutMs: 60_000, until: "finalized", isPatient: true });
  return { watch, watchPatiently, polls: () => polls };
}

const passSlots = (slots: number): Promise<unknown> => vi.advanceTimersByTimeAsync(slots * SLOT_MS);

it("polls for a single landing at once", async () => {
  const { watch, polls } = scene();
  const known = watch(0);
  await passSlots(10);
  expect(await known).toBeCloseTo(0.25, 1);
  expect(polls()).toBe(1);
});

it.each([
  [1, 3],
  [4, 3],
  [8, 3],
  [12, 4],
])("for 50 landings within %i slots of 400 ms, needs at most %i polls", async (slots, most) => {
  const { watch, polls } = scene();
  const known: Promise<number>[] = [];
  for (let leg = 0; leg < 50; leg += 1) {
    known.push(watch(leg));
    await passSlots(slots / 50);
  }
  await passSlots(20);
  await Promise.all(known);
  expect(polls()).toBeLessThanOrEqual(most);
});

it("does not let the others wait long for one whose hint does not come", async () => {
  const silent = signatureOf(3);
  const { watch } = scene((signature) => signature === silent);
  const known = [0, 1, 2, 3].map(watch);
  await passSlots(20);
  expect(Math.max(...(await Promise.all(known)))).toBeLessThanOrEqual(3.1);
});

it("sees each landing soon while operations come in all the time, with a poll for a slot at most", async () => {
  const { watch, polls } = scene();
  const known: Promise<number>[] = [];
  const OPERATIONS = 24;
  for (let operation = 0; operation < OPERATIONS; operation += 1) {
    for (let leg = 0; leg < 10; leg += 1) known.push(watch(operation * 10 + leg));
    await passSlots(0.5);
  }
  await passSlots(20);
  const waits = (await Promise.all(known)).sort((a, b) => a - b);
  expect(waits[Math.floor(waits.length / 2)]).toBeLessThanOrEqual(2);
  expect(waits.at(-1)).toBeLessThanOrEqual(4);
  expect(polls()).toBeLessThanOrEqual(OPERATIONS / 2 + 3);
});

it("does not let a landing wait for watches that nobody waits for", async () => {
  const { watch, watchPatiently, polls } = scene();
  const patient = [100, 101, 102, 103].map(watchPatiently);
  const known = watch(0);
  await passSlots(3);
  expect(await known).toBeCloseTo(0.25, 1);
  expect(polls()).toBe(1);
  // By now the patient ones are polled again and again.
  for (let leg = 1; leg < 40; leg += 1) {
    const late = watch(leg);
    await passSlots(3.7);
    expect(await late).toBeLessThanOrEqual(0.6);
  }
  await passSlots(400);
  for (const { state } of await Promise.all(patient)) expect(state).toBe("unseen");
});

it("polls for patient watches seldom, however many there are and whenever they began", async () => {
  const { watchPatiently, polls } = scene();
  const patient: Promise<unknown>[] = [];
  for (let one = 0; one < 40; one += 1) {
    patient.push(watchPatiently(one));
    await passSlots(0.3);
  }
  await passSlots(18);
  // Thirty slots of 400 ms, and at most a poll in three slots.
  expect(polls()).toBeLessThanOrEqual(10);
  await passSlots(1_000);
  await Promise.all(patient);
});

it("polls again for a hint that came while a poll was under way", async () => {
  const signature = signatureOf(0);
  let onHint: ((of: Signature) => void) | undefined;
  let polls = 0;
  const call = (async () => {
    polls += 1;
    const isLanded = polls > 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return {
      context: { slot: 9n },
      value: [isLanded ? { slot: 8n, commitment: "confirmed", failure: null } : null],
    };
  }) as unknown as Call;
  const hints: typeof createHints = ({ onHint: tell }) => {
    onHint = tell;
    return { working: () => true, listen: () => () => undefined };
  };
  const confirmer = new Confirmer({ call }, { createHints: hints });
  const known = confirmer.watch(signature, { timeoutMs: 60_000, until: "confirmed" });
  // The first poll covers a silent WebSocket.
  while (polls === 0) await vi.advanceTimersByTimeAsync(10);
  onHint?.(signature);
  // Without the hint, the second poll would come some slots later.
  let state = "none";
  void known.then((view) => {
    state = view.state;
  });
  await vi.advanceTimersByTimeAsync(300 + SLOT_MS);
  expect(state).toBe("confirmed");
  expect(polls).toBe(2);
});
