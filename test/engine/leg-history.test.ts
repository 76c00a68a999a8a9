/** Tests that a leg's history is read completely from the chain, or not returned at all. */
import { expect, test } from "vitest";
import type { Chain, ChainTransaction, Signature } from "../../src/engine/ports.ts";
import { readHistories } from "../../src/engine/recovery/leg-history.ts";
import { dead, openScene } from "./parts.ts";

/**
 * Reads the histories of two legs with final buys. The endpoints return `transaction` for the first leg's
 * buy.
 */
async function historiesWith(transaction: ChainTransaction | null, firstAvailableSlot = 0n) {
  const { journal, ports, script, id } = await openScene(["finalized", "finalized"], "completed");
  script.evidence = [{ height: 400n, status: () => ({ slot: 900n, finalized: true, failure: null }) }];
  const [steps, legs] = await Promise.all([journal.readSteps(id), journal.readLegs(id)]);
  const asked: Signature[] = [];
  const readTransaction = async (signature: Signature) => {
    asked.push(signature);
    return transaction;
  };
  const gatherEvidence: Chain["gatherEvidence"] = async (signatures) =>
    (await ports.chain.gatherEvidence(signatures)).map((one) => ({ ...one, firstAvailableSlot }));
  const chain = { ...ports.chain, gatherEvidence, readTransaction };
  const histories = readHistories(chain, steps, legs, legs.slice(0, 1));
  return { histories, asked, steps, legs };
}

test("a leg's history is its buys that are on chain, as the chain shows them", async () => {
  const bought = { slot: 900n, failed: false, changes: [], tokens: [] } as const;
  const { histories, asked, steps, legs } = await historiesWith(bought);
  const [leg] = legs;
  expect((await histories).get(1)).toEqual({ wallet: leg?.address, fund: null, buys: [bought] });
  expect(asked).toEqual([steps[0]?.attempts[0]?.signature]);
});

test("a leg's history is what endpoints agree about, where there are several", async () => {
  const { journal, ports, script, id } = await openScene(["finalized"], "completed");
  script.evidence = [{ height: 400n, status: () => ({ slot: 900n, finalized: true, failure: null }) }];
  const [steps, legs] = await Promise.all([journal.readSteps(id), journal.readLegs(id)]);
  const agreed = { slot: 900n, failed: false, changes: [], tokens: [] } as const;
  const readTransaction = async () => ({ ...agreed, failed: true });
  const chain = { ...ports.chain, readTransaction, readAgreedTransaction: async () => agreed };
  expect((await readHistories(chain, steps, legs, legs)).get(1)?.buys).toEqual([agreed]);
});

test.each([
  ["lags", 0n, "CTO_E_RPC_UNAVAILABLE"],
  ["keeps no such old records", 10_000n, "CTO_E_RECOVERY_UNPROVED"],
])(
  "a buy that landed, but that the endpoint does not have because it %s, is no buy that cost nothing",
  async (_why, from, code) => {
    const { histories } = await historiesWith(null, from);
    await expect(histories).rejects.toMatchObject({ code });
  },
);

test.each([
  ["while it could still land", 200n, 0n, "CTO_E_RPC_UNAVAILABLE"],
  ["when it could land no more", 400n, 0n, "CTO_E_RPC_UNAVAILABLE"],
  ["where records begin after it", 400n, 10_000n, "CTO_E_RECOVERY_UNPROVED"],
])("a buy that landed, and is not found %s, is not taken for absent", async (_when, height, from, code) => {
  const { journal, ports, script, id } = await openScene(["finalized"], "completed");
  script.evidence = dead(height);
  const [steps, legs] = await Promise.all([journal.readSteps(id), journal.readLegs(id)]);
  const gatherEvidence: Chain["gatherEvidence"] = async (signatures) =>
    (await ports.chain.gatherEvidence(signatures)).map((one) => ({ ...one, firstAvailableSlot: from }));
  const chain = { gatherEvidence, readTransaction: async () => null };
  await expect(readHistories(chain, steps, legs, legs)).rejects.toMatchObject({ code });
});

test("a transaction about which an endpoint said nothing does not count as absent", async () => {
  const { journal, ports, script, id } = await openScene(["failed"], "completed");
  script.evidence = dead(400n);
  const [steps, legs] = await Promise.all([journal.readSteps(id), journal.readLegs(id)]);
  const gatherEvidence: Chain["gatherEvidence"] = async (signatures) =>
    (await ports.chain.gatherEvidence(signatures)).map((one) => ({ ...one, statuses: new Map() }));
  const chain = { gatherEvidence, readTransaction: async () => null };
  await expect(readHistories(chain, steps, legs, legs)).rejects.toMatchObject({
    code: "CTO_E_RPC_UNAVAILABLE",
  });
  const whole = { ...ports.chain, readTransaction: async () => null };
  expect((await readHistories(whole, steps, legs, legs)).get(1)?.buys).toEqual([]);
});
