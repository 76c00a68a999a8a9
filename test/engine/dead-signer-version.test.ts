/** Tests that a leg waits for a signer that does not open, where its buy fits only in version 1, as for any dead signer. */
import { expect, it } from "vitest";
import type { Address } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { FUNDING, openFunded, surveyOf } from "./landing-cluster.ts";

const LEGS = 3;
const survey = surveyOf(LEGS, { cluster: { ...OLD_CLUSTER, versionOne: true } });

/** Runs an operation in which one wallet's signer does not open once the market is open. */
async function openWith(walletId: string, address: Address) {
  const dead = new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "no answer", address });
  const state = { dead: true, asked: 0 };
  const isDead = (ids: readonly string[]): boolean => state.dead && state.asked > 1 && ids.includes(walletId);
  const request = { mode: "standard", parallelism: 1 } as const;
  const { journal, id, run } = await openFunded(LEGS, request, ({ chain, venues, keyring }) => ({
    chain: {
      ...chain,
      compose: (draft) => {
        if (draft.format?.version === 0)
          throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size: 1_500, limit: 1_232 });
        return chain.compose(draft);
      },
    },
    venues: { ...venues, survey: async () => survey },
    keyring: {
      ...keyring,
      newestVersion: async (ids) => {
        state.asked += 1;
        return isDead(ids) ? 0 : 1;
      },
      requireOpenable: async (ids) => {
        if (isDead(ids)) throw dead;
      },
      sign: async (approved, ids) => {
        if (isDead(ids)) throw dead;
        return keyring.sign(approved, ids);
      },
    },
  }));
  const steps = async () =>
    (await journal.readSteps(id)).map(
      ({ status, failure, attempts }) => failure?.code ?? `${status} ${attempts.length}`,
    );
  return { state, steps, run };
}

it("a buyer's signer that does not open after the market was opened holds back its leg, and ends it not", async () => {
  const { state, steps, run } = await openWith("w2", addressOf("wallet 2"));
  await run().catch(() => undefined);
  expect(await steps()).toEqual(["confirmed 1", "ready 0", "confirmed 1"]);
  state.dead = false;
  expect((await run()).status).toBe("completed");
  expect(await steps()).toEqual(["confirmed 1", "confirmed 1", "confirmed 1"]);
});

it("the funding wallet's signer that does not open ends no leg", async () => {
  const { state, steps, run } = await openWith("funding", FUNDING.address);
  await run().catch(() => undefined);
  expect(await steps()).toEqual(["ready 0", "ready 0", "ready 0"]);
  state.dead = false;
  expect((await run()).status).toBe("completed");
});
