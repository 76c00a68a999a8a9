/** Tests the signing of a return against an endpoint whose rent rates never come to rest. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Chain, Simulation } from "../../src/engine/ports.ts";
import { signRecovery } from "../../src/engine/recovery/sign-recovery.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { isOutage } from "../../src/errors/index.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openScene } from "./parts.ts";

/** Signs the return of one leg. `rates` answers the rent rate of each read, from 1; every simulation is refused. */
async function sign(rates: (read: number) => bigint) {
  const { ports, journal, id } = await openScene(["failed"], "completed");
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  const step = await journal.readStep(`${id}.buy.1`);
  if (operation === null || leg === undefined || step === null) throw new Error("no operation");
  let reads = 0;
  let simulations = 0;
  const refused: Simulation = {
    unitsConsumed: 1_000,
    loadedAccountsDataSize: 1_000,
    instructions: 2,
    failure: {
      error: { InsufficientFundsForRent: { account_index: 1 } },
      message: "too little for its rent",
    },
    tokensAfter: new Map(),
    effects: [],
  };
  const chain: Chain = {
    ...ports.chain,
    readTokenAccounts: async () => new Map(),
    fetchAccounts: async () => {
      reads += 1;
      if (reads > 100) throw new Error("it never ends");
      const accounts = new Map(clusterAccounts({ lamportsPerByte: rates(reads) }));
      accounts.set(leg.address, {
        owner: leg.address,
        lamports: lamports(9_000_000n),
        data: new Uint8Array(),
      });
      return { slot: 1n, accounts };
    },
    compose: ({ feePayer }) => ({ messageBytes: new Uint8Array(), signers: [feePayer], size: 1 }),
    simulate: async () => {
      simulations += 1;
      return refused;
    },
  };
  const keyring = { ...ports.keyring, newestVersion: async () => 0 as const };
  const run = {
    ports: { ...ports, chain, keyring },
    operation,
    lease: { userId: "alice", owner: "worker", token: 1n },
    signal: new AbortController().signal,
  };
  const payer = { walletId: "funding", address: leg.address } as const;
  const plan = { leg: 1, owed: lamports(1_000_000n), before: lamports(0n), accounts: [] };
  const scene = { payer, computeUnitPrice: 0n };
  const returning = { run, settings: ENGINE_DEFAULTS, scene, leg, legCount: 1, plan };
  const failure = await signRecovery(returning, step).catch((error: unknown) => error);
  return { failure, reads, simulations };
}

it("begins again a few times while the rents rise, and then waits as for any endpoint that gives no usable answer", async () => {
  for (const rates of [
    (read: number) => (read % 2 === 1 ? 5_080n : 6_960n),
    (read: number) => 5_080n + BigInt(read),
  ]) {
    const { failure, reads, simulations } = await sign(rates);
    expect(failure).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(isOutage(failure)).toBe(true);
    expect([reads, simulations]).toEqual([6, 3]);
  }
});

it("says what was refused where the rents stay", async () => {
  const { failure, simulations } = await sign(() => 5_080n);
  expect(failure).toMatchObject({
    code: "CTO_E_TRANSACTION_REFUSED",
    context: { reason: "too little for its rent" },
  });
  expect(simulations).toBe(1);
});

it("begins again where they have risen once", async () => {
  const { failure, simulations } = await sign((read) => (read === 1 ? 5_080n : 6_960n));
  expect(failure).toMatchObject({ code: "CTO_E_TRANSACTION_REFUSED" });
  expect(simulations).toBe(2);
});
