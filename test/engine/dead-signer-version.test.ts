/** Tests that a leg waits for a signer that does not open, where its buy fits only in version 1, as for any dead signer. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { runOperation } from "../../src/engine/operation/run.ts";
import type { Address, Ports, Survey } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, legsOf, planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { openCluster } from "./landing-cluster.ts";
import { delivers } from "./parts.ts";

const LEGS = 3;
const accountOf = (buyer: Address): Address => addressOf(`account of ${buyer}`);
const funding = {
  id: "funding",
  userId: "alice",
  role: "funding",
  address: addressOf("funding"),
  position: 0,
  createdAt: new Date(0),
} as const;

const survey: Survey = {
  slot: 1_000n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  owners: new Map(
    [...legsOf(LEGS), funding].map(({ address }) => [
      address,
      { lamports: lamports(900_000_000n), tokens: 0n, tokenAccount: accountOf(address) },
    ]),
  ),
  fetched: { slot: 1_000n, accounts: new Map() },
  cluster: { ...OLD_CLUSTER, versionOne: true },
};

/** Runs an operation in which one wallet's signer does not open once the market is open. */
async function openWith(walletId: string, address: Address) {
  const { ports: cluster } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease } = await planned(journal, LEGS, "op", { mode: "standard", parallelism: 1 });
  const delivered = new Map(legsOf(LEGS).map(({ address: at }) => [accountOf(at), 13n]));
  const dead = new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "no answer", address });
  const state = { dead: true, asked: 0 };
  const isDead = (ids: readonly string[]): boolean => state.dead && state.asked > 1 && ids.includes(walletId);
  const ports: Ports = {
    ...cluster,
    journal,
    chain: {
      ...cluster.chain,
      compose: (draft) => {
        if (draft.format?.version === 0)
          throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size: 1_500, limit: 1_232 });
        return cluster.chain.compose(draft);
      },
      simulate: async (...given) => ({ ...(await cluster.chain.simulate(...given)), tokensAfter: delivered }),
      readTransaction: async () => delivers(LEGS, 13n),
    },
    venues: { ...cluster.venues, survey: async () => survey },
    keyring: {
      ...cluster.keyring,
      newestVersion: async (ids) => {
        state.asked += 1;
        return isDead(ids) ? 0 : 1;
      },
      requireOpenable: async (ids) => {
        if (isDead(ids)) throw dead;
      },
      sign: async (approved, ids) => {
        if (isDead(ids)) throw dead;
        return cluster.keyring.sign(approved, ids);
      },
    },
  };
  const options = {
    lease,
    wallets: [funding],
    signal: new AbortController().signal,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: async () => false },
  };
  const steps = async () =>
    (await journal.readSteps(id)).map(
      ({ status, failure, attempts }) => failure?.code ?? `${status} ${attempts.length}`,
    );
  return { state, steps, run: () => runOperation(ports, id, options) };
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
  const { state, steps, run } = await openWith("funding", funding.address);
  await run().catch(() => undefined);
  expect(await steps()).toEqual(["ready 0", "ready 0", "ready 0"]);
  state.dead = false;
  expect((await run()).status).toBe("completed");
});
