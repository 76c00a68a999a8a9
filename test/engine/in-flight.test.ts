/**
 * Tests a run that finds a step in flight: it follows the signed bytes, waits while nothing is proved, and then sends
 * the step to review.
 */
import { describe, expect, it } from "vitest";
import { runOperation } from "../../src/engine/operation/run.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { dead, openScene, type Scene, says } from "./parts.ts";

/** The deadline of a review passes at once. */
const LATE = { ...ENGINE_DEFAULTS, times: { reviewAfterMs: -1 } };

const run = async ({ ports, id, wallets, lease }: Scene) =>
  runOperation(ports, id, {
    lease: await lease(),
    wallets,
    signal: new AbortController().signal,
    settings: LATE,
  });

describe.each(["alpenglow", "tower"] as const)("a step in flight on %s", (consensus) => {
  it.each([
    ["the endpoint does not answer", "unavailable" as const],
    ["the blockhash has not expired at the finalized height", dead(251n)],
    [
      "an on-chain error is not final yet",
      says({ slot: 905n, finalized: false, failure: { error: "x", message: "x" } }),
    ],
  ])("goes to review, never to failed, when the deadline passes while %s", async (_name, evidence) => {
    const scene = await openScene(["in_flight"], null);
    scene.script.consensus = consensus;
    scene.script.evidence = evidence;
    const [attempt] = (await scene.step(1)).attempts;
    expect(await run(scene)).toMatchObject({ status: "needs_review" });
    const step = await scene.step(1);
    expect(step).toMatchObject({ status: "needs_review", failure: { code: "CTO_E_STEP_UNDECIDED" } });
    // The same bytes were sent again, and no new attempt was signed.
    expect(scene.script.sent).toEqual([attempt?.wire]);
    expect(step.attempts).toEqual([attempt]);
  });

  it("is watched until it is settled there, and each status is reported once", async () => {
    const scene = await openScene(["in_flight"], null);
    scene.script.consensus = consensus;
    const until: string[] = [];
    const { chain } = scene.ports;
    const watch: typeof chain.watch = async (_signature, options) => {
      until.push(options.until);
      return { state: options.until, slot: 905n, failure: null };
    };
    expect(await run({ ...scene, ports: { ...scene.ports, chain: { ...chain, watch } } })).toMatchObject({
      status: "completed",
    });
    const settled = consensus === "alpenglow" ? "finalized" : "confirmed";
    expect(until).toEqual([settled]);
    expect((await scene.step(1)).status).toBe(settled);
    expect(scene.told.flatMap((event) => (event.type === "leg" ? [event.status] : []))).toEqual([settled]);
  });
});

it("is confirmed when it is seen, without being signed again", async () => {
  const scene = await openScene(["in_flight"], null);
  scene.script.view = { state: "confirmed", slot: 905n, failure: null };
  expect(await run(scene)).toMatchObject({ status: "completed" });
  expect(await scene.step(1)).toMatchObject({
    status: "confirmed",
    attempts: [{ number: 1, status: "landed", slot: 905n }],
  });
});

it("goes on by its plan when its wallets have been disabled, or others added, meanwhile", async () => {
  const scene = await openScene(["in_flight"], null);
  scene.script.view = { state: "confirmed", slot: 905n, failure: null };
  const disabled = scene.wallets.map((wallet) => ({ ...wallet, disabledAt: new Date(0) }));
  expect(await run({ ...scene, wallets: disabled })).toMatchObject({ status: "completed" });
});
