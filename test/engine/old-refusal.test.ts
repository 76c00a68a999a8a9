/** A node that lags refuses a buy, a node that follows accepts it, and it is lost: it must be signed again, as any lost one. */
import { expect, it } from "vitest";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { driveStep, type StepRun } from "../../src/engine/step/drive-step.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";
import { openScene } from "./parts.ts";

it("a refusal that an acceptance followed does not end the step", async () => {
  const scene = await openScene(["in_flight"], null);
  const { ports, script, id, journal } = scene;
  script.view = { state: "unseen" };
  script.evidence = [{ height: 1_000n, status: () => null }];
  const operation = await journal.readOperation(id);
  if (operation === null) throw new Error("no operation");
  let sends = 0;
  const sentEverywhere: (boolean | undefined)[] = [];
  let signed = 0;
  const run: StepRun = {
    ports: {
      ...ports,
      clock: { now: () => new Date(), sleep: async () => undefined },
      chain: {
        ...ports.chain,
        latestBlockhash: async () => ({
          blockhash: attemptOf(1).blockhash,
          lastValidBlockHeight: sends >= 2 ? 10_000n : 250n,
          slot: 120n,
        }),
        broadcast: async (_wire, { everywhere }) => {
          sends += 1;
          sentEverywhere.push(everywhere);
          if (sends === 1)
            return { refused: { error: "AccountNotFound", message: "the payer has no account" } };
          return "sent";
        },
      },
    },
    operation,
    lease: await scene.lease(),
    signal: new AbortController().signal,
    settings: ENGINE_DEFAULTS,
    wallet: addressOf("wallet 1"),
    cancellable: true,
    sign: async (number) => {
      signed += 1;
      script.view = { state: "finalized", slot: 1_001n, failure: null };
      return attemptOf(number, "again");
    },
    movesOn: () => false,
  };
  const step = await driveStep(run, await scene.step(1), async () => undefined);
  expect([sends >= 2, signed, step.status, step.failure?.code]).toEqual([true, 1, "finalized", undefined]);
  // The first endpoint may have lost it: what is sent again goes to all, and so does the next attempt from its first send on.
  expect(sentEverywhere).toEqual([false, ...Array.from({ length: sends - 1 }, () => true)]);
});
