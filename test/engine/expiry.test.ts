/** Tests the caller's deadline: bytes whose signing took until after it are discarded. */
import { expect, it } from "vitest";
import type { Operation } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { driveStep } from "../../src/engine/step/drive-step.ts";
import { attemptOf } from "../../src/journal/contract/harness.ts";
import { openScene } from "./parts.ts";

it("stores and sends nothing of a leg whose signer answers after the deadline", async () => {
  const scene = await openScene(["ready"], null);
  const expiresAt = new Date(1_000);
  let now = 999;
  const found = (await scene.journal.readOperation(scene.id)) as Operation;
  const operation = { ...found, request: { ...found.request, expiresAt } };
  const clock = { now: () => new Date(now), sleep: async () => undefined };
  let signed = 0;
  const run = {
    ports: { ...scene.ports, clock },
    operation,
    lease: await scene.lease(),
    signal: new AbortController().signal,
    settings: ENGINE_DEFAULTS,
    wallet: scene.wallets[0]?.address ?? expect.unreachable("no wallet"),
    cancellable: true,
    sign: async (number: number, { id }: { id: string }) => {
      signed += 1;
      now = 1_000;
      return attemptOf(number, id);
    },
    movesOn: () => false,
  };
  const step = await driveStep(run, await scene.step(1), async () => undefined);
  expect(step).toMatchObject({ status: "failed", failure: { code: "CTO_E_OPERATION_EXPIRED" } });
  expect(signed).toBe(1);
  expect(step.attempts.map(({ status }) => status)).toEqual(["dead"]);
  expect(scene.script.sent).toEqual([]);
});
